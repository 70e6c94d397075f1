package contract_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dce/analyzer/contract"
	"dce/analyzer/internal/testtree"
	"dce/analyzer/tree"
)

func TestMain(m *testing.M) {
	testtree.Offline()
	os.Exit(m.Run())
}

// base is the tree that contracts are made for.
const base = `
-- rate/rate.go --
package rate

import "context"

// Rate is a price.
type Rate struct {
	ID string // unique
}

type Store interface {
	Find(ctx context.Context, id string) (*Rate, error)
}

const (
	Low = iota
	High
)

func New(id string) *Rate {
	return &Rate{ID: id}
}

func (r *Rate) Charge(n int) int { return n }
-- rate/other.go --
package rate

type Other struct{}
`

func declare(task, path, source string) contract.Contract {
	return contract.Contract{Task: task, Path: path, Kind: "declare", Source: source}
}

func amend(task, path, source string) contract.Contract {
	return contract.Contract{Task: task, Path: path, Kind: "amend", Source: source}
}

type made struct {
	root   string
	answer *contract.Answer
}

func overlay(t *testing.T, files string, contracts []contract.Contract, except ...string) made {
	t.Helper()
	root := testtree.Write(t, files)
	answer, err := contract.Overlay(context.Background(), contract.Request{Root: root, Dir: root, OutDir: t.TempDir(), Contracts: contracts, Except: except})
	if err != nil {
		t.Fatal(err)
	}
	return made{root, answer}
}

// diagnostics are what the type checker says of the tree through the overlay.
func (m made) diagnostics(t *testing.T) []string {
	t.Helper()
	for _, dir := range m.answer.EmptyDirs {
		if err := os.MkdirAll(filepath.Join(m.root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	loaded, err := tree.Load(context.Background(), tree.Request{Root: m.root, Dir: m.root, Overlay: m.answer.OverlayFile})
	if err != nil {
		t.Fatal(err)
	}
	said := []string{}
	for _, one := range loaded.AllDiagnostics() {
		said = append(said, fmt.Sprintf("%s:%d %s", one.File, one.Line, one.Message))
	}
	return said
}

func (m made) text(t *testing.T, path string) string {
	t.Helper()
	for _, file := range m.answer.Files {
		if file.Path == path {
			text, err := os.ReadFile(file.Generated)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
	}
	t.Fatalf("%s is not overlaid: %v", path, m.answer.Files)
	return ""
}

func (m made) faults() []string {
	lines := []string{}
	for _, one := range m.answer.Faults {
		lines = append(lines, fmt.Sprintf("%s %s:%d %s", one.Task, one.Path, one.Line, one.Message))
	}
	return lines
}

func TestDeclaredFunctionsGetABodyThatNamesTheTask(t *testing.T) {
	t.Parallel()
	m := overlay(t, base, []contract.Contract{
		declare("w1-quota", "quota/quota.go", `package quota

import (
	"context"
	"os"

	"example.com/m/rate"
)

// Quota limits a rate.
type Quota struct {
	Rate *rate.Rate
	left int
}

func New[T any](ctx context.Context, rates ...T) (*Quota, error)

// Charge takes n.
func (q *Quota) Charge(n int) error
func Max() int { return 7 }
var Limit int
`),
		declare("w2-main", "cmd/x/main.go", "package main\n\nimport \"example.com/m/quota\"\n\nfunc main() { quota.Max() }\n"),
		declare("w2-test", "quota/quota_test.go", "package quota_test\n\nimport \"testing\"\n\nfunc TestX(t *testing.T)\n"),
	})
	testtree.Same(t, m.faults(), []string{})
	testtree.Same(t, m.answer.EmptyDirs, []string{"cmd/x", "quota"})
	testtree.Same(t, m.diagnostics(t), []string{})
	if got := m.text(t, "quota/quota.go"); got != `package quota

import (
	"context"

	"example.com/m/rate"
)

// Quota limits a rate.
type Quota struct {
	Rate *rate.Rate
	left int
}

func New[T any](ctx context.Context, rates ...T) (*Quota, error) {
	panic("dce: contract of w1-quota")
}

// Charge takes n.
func (q *Quota) Charge(n int) error {
	panic("dce: contract of w1-quota")
}

func Max() int { return 7 }

var Limit int
` {
		t.Errorf("got %s", got)
	}
}

func TestTheRealDeclarationWins(t *testing.T) {
	t.Parallel()
	m := overlay(t, base, []contract.Contract{declare("w1", "rate/rate.go", `package rate

type (
	Rate  struct{ Wrong int }
	Fresh struct{ Rate Rate }
)

const (
	Low = iota + 10
	High
	Highest
)

func (r *Rate) Charge(n int) int
func (r *Rate) Refund(n int) int
`)})
	testtree.Same(t, m.faults(), []string{})
	testtree.Same(t, m.diagnostics(t), []string{})
	dropped := []string{}
	for _, one := range m.answer.Dropped {
		dropped = append(dropped, fmt.Sprintf("%s %s:%d", one.Symbol, one.File, one.Line))
	}
	testtree.Same(t, dropped, []string{"Rate rate/rate.go:6", "Low rate/rate.go:14", "High rate/rate.go:14", "Rate.Charge rate/rate.go:23"})
	got := m.text(t, "rate/zz_dce_rate.go")
	for _, want := range []string{"type Fresh struct", "_ = iota + 10\n\t_\n\tHighest\n", "Refund(n int) int {"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %s", want, got)
		}
	}
	if strings.Contains(got, "Wrong") {
		t.Errorf("got %s", got)
	}
}

func TestContractsOfOneFileAreMerged(t *testing.T) {
	t.Parallel()
	m := overlay(t, base, []contract.Contract{
		declare("w1-a", "q/q.go", "package q\n\nimport \"context\"\n\ntype A struct{}\n\nfunc F(ctx context.Context)\n"),
		declare("w1-b", "q/q.go", "package q\n\nimport \"context\"\n\ntype A struct{}\n\nfunc G(ctx context.Context) A\n"),
	})
	testtree.Same(t, m.faults(), []string{})
	testtree.Same(t, m.diagnostics(t), []string{})
	if tasks := m.answer.Files[0].Tasks; len(m.answer.Files) != 1 || fmt.Sprint(tasks) != "[w1-a w1-b]" {
		t.Errorf("got %v", m.answer.Files)
	}
	if text := m.text(t, "q/q.go"); !strings.Contains(text, `"dce: contract of w1-b"`) || strings.Count(text, "type A") != 1 {
		t.Errorf("got %s", text)
	}
}

func TestAnAgentsOwnContractsAreLeftOut(t *testing.T) {
	t.Parallel()
	m := overlay(t, base, []contract.Contract{declare("w1-a", "q/a.go", "package q\n\ntype A struct{}\n"), declare("w1-b", "q/b.go", "package q\n\ntype B struct{}\n")}, "w1-a")
	if len(m.answer.Files) != 1 || m.answer.Files[0].Path != "q/b.go" {
		t.Errorf("got %v", m.answer.Files)
	}
}

func TestForgottenImportsAreAddedWhereThereIsNoDoubt(t *testing.T) {
	t.Parallel()
	m := overlay(t, base, []contract.Contract{
		declare("w1-a", "q/a.go", "package q\n\nimport \"example.com/m/rate\"\n\nfunc A(r rate.Rate)\n"),
		declare("w1-b", "q/b.go", "package q\n\nfunc B(ctx context.Context, r rate.Rate) time.Time\n"),
		declare("w1-c", "q/c.go", "package q\n\nfunc C(x unheard.Of)\n"),
	})
	testtree.Same(t, m.faults(), []string{"w1-c q/c.go:3 the text uses unheard.… and imports nothing of that name"})
	if text := m.text(t, "q/b.go"); !strings.Contains(text, `"context"`) || !strings.Contains(text, `"example.com/m/rate"`) || !strings.Contains(text, `"time"`) {
		t.Errorf("got %s", text)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name      string
		contracts []contract.Contract
		want      string
	}{
		{"no Go", []contract.Contract{declare("a", "q/q.go", "package q\n\nfunc (")}, "a q/q.go:3 the text is not Go: expected"},
		{"a path outside", []contract.Contract{declare("a", "../q.go", "package q\n\nvar A int\n")}, "a ../q.go:0 path must be a Go file inside the repository"},
		{"another language", []contract.Contract{declare("a", "q.sql", "package q\n\nvar A int\n")}, "a q.sql:0 path must be a Go file"},
		{"another kind", []contract.Contract{{Task: "a", Path: "q.go", Kind: "change", Source: "package q\n\nvar A int\n"}}, `kind is "declare" or "amend", not "change"`},
		{"nothing", []contract.Contract{declare("a", "q/q.go", "package q\n\nimport \"os\"\n")}, "a q/q.go:0 the contract declares nothing"},
		{"another package than the folder's", []contract.Contract{declare("a", "rate/q.go", "package q\n\nvar A int\n")}, "a rate/q.go:1 package q: the files of rate are package rate"},
		{
			"two packages in a new folder",
			[]contract.Contract{declare("a", "q/a.go", "package q\n\nvar A int\n"), declare("b", "q/b.go", "package r\n\nvar B int\n")},
			"b q/b.go:1 package r: the contract of a for q/a.go says package q",
		},
		{
			"one symbol of two tasks, differently",
			[]contract.Contract{declare("a", "q/a.go", "package q\n\nfunc F() int\n"), declare("b", "q/b.go", "package q\n\nfunc F() string\n")},
			"b q/b.go:3 F is declared by a too, in its contract for q/a.go, and differently",
		},
		{"an import that nothing provides", []contract.Contract{declare("a", "q/q.go", "package q\n\nimport \"example.org/none\"\n\nvar A none.B\n")}, `a q/q.go:3 import "example.org/none": no required module`},
		{
			"one name for two packages",
			[]contract.Contract{declare("a", "q/q.go", "package q\n\nimport \"text/template\"\n\nvar A template.Template\n"), declare("b", "q/q.go", "package q\n\nimport \"html/template\"\n\nvar B template.Template\n")},
			`b q/q.go:0 template stands for "html/template" here and for "text/template" in another contract of this file`,
		},
		{"an amend of what does not exist", []contract.Contract{amend("a", "q/q.go", "package q\n\ntype A struct{ B int }\n")}, "a q/q.go:0 q/q.go does not exist"},
		{"an amend of another package", []contract.Contract{amend("a", "rate/rate.go", "package q\n\ntype Rate struct{ B int }\n")}, "a rate/rate.go:1 package q: rate/rate.go is package rate"},
		{"a symbol that is missing", []contract.Contract{amend("a", "rate/rate.go", "package rate\n\ntype None struct{ B int }\n")}, "a rate/rate.go:3 None is not declared in rate/rate.go, so it cannot be amended"},
		{"a symbol that stands elsewhere", []contract.Contract{amend("a", "rate/rate.go", "package rate\n\ntype Other struct{ B int }\n")}, "a rate/rate.go:3 Other is not in rate/rate.go but in rate/other.go line 3"},
		{"a field that is there as another type", []contract.Contract{amend("a", "rate/rate.go", "package rate\n\ntype Rate struct{ ID int }\n")}, "a rate/rate.go:3 Rate has ID already, as string"},
		{"fields for an interface", []contract.Contract{amend("a", "rate/rate.go", "package rate\n\n//dce:amend add-fields\ntype Store struct{ B int }\n")}, "//dce:amend add-fields fits no interface"},
		{"a directive that there is not", []contract.Contract{amend("a", "rate/rate.go", "package rate\n\n//dce:amend delete\ntype Rate struct{}\n")}, "//dce:amend delete: it is one of add-fields, add-methods, replace"},
		{"a function with the wrong directive", []contract.Contract{amend("a", "rate/rate.go", "package rate\n\n//dce:amend add-methods\nfunc New(id string) *Rate\n")}, "a function can only be replaced"},
		{"a method that is missing", []contract.Contract{amend("a", "rate/rate.go", "package rate\n\nfunc (r *Rate) None()\n")}, "Rate.None is not declared"},
		{
			"an import under a name that is taken",
			[]contract.Contract{amend("a", "rate/rate.go", "package rate\n\nimport context \"os\"\n\ntype Rate struct{ F *context.File }\n")},
			`context stands for "context" in rate/rate.go: import "os" under another name`,
		},
	}
	for _, one := range cases {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			got := overlay(t, base, one.contracts).faults()
			if len(got) != 1 || !strings.Contains(got[0], one.want) {
				t.Errorf("got %q, want %q", got, one.want)
			}
		})
	}
}
