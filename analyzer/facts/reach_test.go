package facts_test

import (
	"fmt"
	"testing"

	"dce/analyzer/facts"
	"dce/analyzer/internal/testtree"
)

func unreached(all *facts.Facts) []string {
	return lines(all.Unreached, func(one facts.Unreached) string {
		text := one.Kind + " " + dotted(one.Name)
		if one.Constructor {
			text += " constructor"
		}
		if one.ReachedFromTests {
			text += " tests"
		}
		return text
	})
}

func TestReachability(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, files, state string
		want               []string
	}{
		{
			"from main, through calls, values and types",
			`
-- main.go --
package main

type server struct{ handle func() }

func main() { s := server{handle: value}; s.handle(); s.called() }
func value() { inner() }
func inner() {}
func (server) called() {}
func (server) uncalled() {}
func dead() { deader() }
func deader() {}
type gone struct{}
func (gone) method() {}
`,
			"full", []string{"method server.uncalled", "func dead", "func deader", "type gone", "method gone.method"},
		},
		{
			"a constructor that only tests call is unreached, and says so",
			`
-- main.go --
package main

import _ "example.com/m/quota"

func main() {}
-- quota/quota.go --
package quota

type Service struct{}

func NewService() *Service { return &Service{} }
func (s *Service) Charge() {}
-- quota/quota_test.go --
package quota

import "testing"

func TestCharge(t *testing.T) { NewService().Charge() }
`,
			"full", []string{"struct Service tests", "func NewService constructor tests", "method Service.Charge tests"},
		},
		{
			"methods behind an interface are reached with the interface and the type",
			`
-- main.go --
package main

type store interface{ find() }
type sql struct{}

func (sql) find()  { used() }
func (sql) other() {}
func used()        {}

type unmade struct{}

func (unmade) find() {}

func main() { run(sql{}) }
func run(s store) { s.find() }
`,
			"full", []string{"method sql.other", "type unmade", "method unmade.find"},
		},
		{
			"methods that packages outside ask for are reached: error, fmt, json, http, errors.As",
			`
-- main.go --
package main

import (
	"errors"
	"fmt"
	"net/http"
)

type fault struct{}

func (fault) Error() string { return text() }
func (fault) Unwrap() error { return nil }
func text() string          { return "" }

type handler struct{}

func (handler) ServeHTTP(http.ResponseWriter, *http.Request) {}

func main() { http.Handle("/", handler{}); fmt.Println(errors.Unwrap(fault{})) }
`,
			"full", nil,
		},
		{
			"what is linked is initialised; a blank conformance check uses nothing",
			`
-- main.go --
package main

import _ "example.com/m/a"

func main() {}
-- a/a.go --
package a

type I interface{ F() }
type T struct{}

func (*T) F() {}

var _ I = (*T)(nil)
var registered = register()

func register() int { return 1 }
func init()         { started() }
func started()      {}
-- b/b.go --
package b

var unlinked = f()

func f() int { return 1 }
`,
			"full", []string{"interface I", "type T", "method T.F", "func f"},
		},
		{
			"a module without a main takes its exported API as roots, internal packages apart",
			`
-- lib.go --
package lib

import "example.com/m/internal/x"

func Public() { x.Used() }
func private() {}

type T struct{}

func (T) Method() {}
func (T) hidden() {}
-- internal/x/x.go --
package x

func Used()   {}
func Unused() {}
`,
			"full", []string{"func Unused", "func private", "method T.hidden"},
		},
		{
			"methods that a template may call are reached by their name",
			`
-- main.go --
package main

import (
	"html/template"
	"os"
)

type page struct{}

func (page) Title() string { return "" }
func (page) small()        {}

func main() { template.Must(template.New("").Parse("{{.Title}}")).Execute(os.Stdout, page{}) }
`,
			"full", []string{"method page.small"},
		},
		{
			"where types are unknown, a name counts as a use of everything so named",
			`
-- main.go --
package main

func main() { var x missing; x.Charge() }

type T struct{}

func (T) Charge() {}
func (T) Other()  {}
func dead()       {}
`,
			"partial", []string{"method T.Other", "func dead"},
		},
		{
			"generic code",
			`
-- main.go --
package main

type box[T any] struct{ v T }

func (b box[T]) get() T  { return b.v }
func (b box[T]) dead() T { return b.v }
func mapped[T, U any](x T, f func(T) U) U { return f(x) }
func main() { println(mapped(box[int]{1}, func(b box[int]) int { return b.get() })) }
`,
			"full", []string{"method box.dead"},
		},
	}
	for _, one := range cases {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			all := collect(t, one.files)
			if all.Reachability != one.state {
				t.Errorf("%s, want %s: %v", all.Reachability, one.state, all.Diagnostics)
			}
			want := one.want
			for index, line := range want {
				if line == "type gone" || line == "type unmade" || line == "type T" {
					want[index] = "struct " + line[len("type "):]
				}
			}
			testtree.Same(t, unreached(all), want)
		})
	}
}

func TestUnusedFiles(t *testing.T) {
	t.Parallel()
	all := collect(t, `
-- main.go --
package main

func main() { used() }
-- used.go --
package main

func used() {}
func alsoDead() {}
-- dead.go --
package main

func dead() {}
-- tested.go --
package main

const tested = 1
-- doc.go --
// Package main has documentation.
package main
-- gen.go --
// Code generated by x. DO NOT EDIT.

package main

func generated() {}
-- main_test.go --
package main

var _ = tested + 1

func TestNothing() { _ = tested }
`)
	testtree.Same(t, lines(all.UnusedFiles, func(one facts.UnusedFile) string { return fmt.Sprintf("%s %t", one.File, one.ReachedFromTests) }),
		[]string{"dead.go false", "tested.go true"})
}
