package facts_test

import (
	"fmt"
	"strings"
	"testing"

	"dce/analyzer/facts"
	"dce/analyzer/internal/testtree"
)

func TestInterfaces(t *testing.T) {
	t.Parallel()
	all := collect(t, `
-- main.go --
package main

import "example.com/m/store"

func main() { var s store.Store = store.NewSQL(); s.Find("x") }
-- store/store.go --
package store

type Store interface{ Find(id string) error }
type Any interface{}
type Number interface{ ~int | ~string }
type Bound interface{ Size() int }
type Alone interface{ Nobody() }

func Sum[T Bound](x T) {}

type SQL struct{}

func NewSQL() *SQL { return &SQL{} }
func (s *SQL) Find(id string) error { return nil }

type Unused struct{ Store }

type Wrong struct{}

func (Wrong) Find(id int) error { return nil }
-- store/store_test.go --
package store

type fake struct{}

func (fake) Find(id string) error { return nil }
`)
	testtree.Same(t, lines(all.Interfaces, func(one facts.Interface) string {
		by := lines(one.Implementers, func(i facts.Implementer) string {
			return fmt.Sprintf("%s pointer=%t test=%t reached=%t", i.Type, i.Pointer, i.Test, i.Reached)
		})
		return fmt.Sprintf("%s %s empty=%t constraint=%t used=%t %v %v", one.Name, one.File, one.Empty, one.Constraint, one.Used, one.Methods, by)
	}), []string{
		"Alone store/store.go empty=false constraint=false used=false [Nobody()] []",
		"Any store/store.go empty=true constraint=false used=false [] []",
		"Bound store/store.go empty=false constraint=true used=true [Size() int] []",
		"Number store/store.go empty=false constraint=true used=false [] []",
		"Store store/store.go empty=false constraint=false used=true [Find(string) error] [SQL pointer=true test=false reached=true Unused pointer=false test=false reached=false fake pointer=false test=true reached=false]",
	})
}

func TestInterfaceSatisfiedOutsideTheTree(t *testing.T) {
	t.Parallel()
	all := collect(t, "-- a.go --\npackage m\n\nimport \"os\"\n\ntype Closer interface{ Close() error; Fd() uintptr }\n\nfunc Use(Closer, *os.File) {}\n")
	testtree.Same(t, lines(all.Interfaces[0].Implementers, func(one facts.Implementer) string { return one.Package + "." + one.Type + one.File }), []string{"os.File"})
}

func TestDuplicateTypes(t *testing.T) {
	t.Parallel()
	all := collect(t, `
-- a/a.go --
package a

type Price struct{ Amount int; Currency, Note string; Next *Price }
type Near struct{ A, B, C, D, E int }
type Config struct{ Host, Port, User string }
type Store interface{ Find(); Save() }
type Twice struct{}
type Twice struct{}
type Service struct{ store, backup Store; now func() int; prices *Price; stop chan int }
type Account struct{ id, limit int; name string; store Store }
-- b/b.go --
package b

type Price struct{ Note, Currency string; Amount int; Next *Price }
type Near struct{ A, B, C, D, E int; F string }
type Config struct{ Path, Mode, Level string }
type Store interface{ Find(); Save() }
type Service struct{ store, backup Store; now func() int; prices *Price; stop chan int }
type Account struct{ id, limit int; name string; accounts Store }
-- c/c_linux.go --
package c

type Conn struct{}
-- c/c_windows.go --
package c

type Conn struct{}
`)
	testtree.Same(t, lines(all.DuplicateTypes, func(one facts.DuplicateType) string {
		at := lines(one.Places, func(p facts.DuplicatePlace) string { return fmt.Sprintf("%s:%d%s", p.File, p.Line, p.Constraint) })
		return fmt.Sprintf("%s %s %s %s %s", one.Name, one.Scope, one.Shape, one.Kind, strings.Join(at, " "))
	}), []string{
		"Account module same-name struct a/a.go:10 b/b.go:8",
		"Conn package same-name other c/c_linux.go:3linux c/c_windows.go:3windows",
		"Near module same-name struct a/a.go:4 b/b.go:4",
		"Price module identical struct a/a.go:3 b/b.go:3",
		"Twice package same-name other a/a.go:7 a/a.go:8",
	})
}
