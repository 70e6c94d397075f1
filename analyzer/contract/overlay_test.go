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
	return overlayFor(t, files, contract.Request{Contracts: contracts, Except: except})
}

// overlayFor fills in where the tree is and where the overlay goes.
func overlayFor(t *testing.T, files string, request contract.Request) made {
	t.Helper()
	root := testtree.Write(t, files)
	request.Root, request.Dir, request.OutDir = root, root, t.TempDir()
	answer, err := contract.Overlay(context.Background(), request)
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

func TestAStandInCountsAsAbsentAndIsReplaced(t *testing.T) {
	t.Parallel()
	files := base + "-- q/q.go --\npackage q\n\ntype A struct{}\n\nfunc F() { panic(\"dce: contract of w1-a\") }\n"
	changed := contract.Request{Contracts: []contract.Contract{declare("w1-a", "q/q.go", "package q\n\ntype A struct{}\n\nfunc F(n int) A\n")}, StandIns: []string{"q/q.go"}}
	m := overlayFor(t, files, changed)
	testtree.Same(t, m.faults(), []string{})
	testtree.Same(t, m.diagnostics(t), []string{})
	if len(m.answer.Dropped) != 0 || !strings.Contains(m.text(t, "q/q.go"), "func F(n int) A {") {
		t.Errorf("got %v in %v", m.answer.Dropped, m.answer.Files)
	}
}

func TestFilesNameTheFoldersThatTheyNeed(t *testing.T) {
	t.Parallel()
	m := overlay(t, base, []contract.Contract{
		declare("w3-b", "s/s.go", "package s\n\nimport (\n\t\"time\"\n\n\t\"example.com/m/q\"\n)\n\ntype S struct {\n\tA q.A\n\tAt time.Time\n}\n"),
		declare("w1-a", "q/q.go", "package q\n\ntype A struct{}\n"),
	})
	testtree.Same(t, m.faults(), []string{})
	needed := []string{}
	for _, file := range m.answer.Files {
		needed = append(needed, file.Path+" "+strings.Join(file.Dirs, " "))
	}
	testtree.Same(t, needed, []string{"q/q.go q", "s/s.go q s"})
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
