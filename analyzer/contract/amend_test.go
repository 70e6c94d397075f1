package contract_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dce/analyzer/contract"
	"dce/analyzer/internal/testtree"
)

func TestAmends(t *testing.T) {
	t.Parallel()
	m := overlay(t, base, []contract.Contract{
		amend("w1-a", "rate/rate.go", `package rate

import (
	"time"

	tt "text/template"
)

//dce:amend add-fields
type Rate struct {
	// Valid is when.
	Valid, Until time.Time `+"`json:\"valid\"`"+` // both
	Other
	ID string
	call func() *tt.Template
}

//dce:amend add-methods
type Store interface {
	// Count counts.
	Count(ctx context.Context) (int, error)
}

//dce:amend replace
// New is new.
func New(id string, n int) (*Rate)

//dce:amend replace
func (r *Rate) Charge(n int64) int64 { return n + 1 }
`),
		amend("w1-b", "rate/rate.go", "package rate\n\ntype Rate struct{ Last bool }\n"),
		amend("w1-c", "rate/other.go", "package rate\n\n//dce:amend replace\ntype Other struct{ Whole int }\n"),
	})
	testtree.Same(t, m.faults(), []string{})
	testtree.Same(t, m.diagnostics(t), []string{})
	if got := m.text(t, "rate/rate.go"); got != `package rate

import (
	"context"
	tt "text/template"
	"time"
)

// Rate is a price.
type Rate struct {
	ID string // unique
	// Valid is when.
	Valid time.Time `+"`json:\"valid\"`"+` // both
	// Valid is when.
	Until time.Time `+"`json:\"valid\"`"+` // both
	Other
	call func() *tt.Template
	Last bool
}

type Store interface {
	Find(ctx context.Context, id string) (*Rate, error)
	// Count counts.
	Count(ctx context.Context) (int, error)
}

const (
	Low = iota
	High
)

// New is new.
func New(id string, n int) *Rate {
	return &Rate{ID: id}
}

func (r *Rate) Charge(n int64) int64 { return n + 1 }
` {
		t.Errorf("got %s", got)
	}
	if got := m.text(t, "rate/other.go"); !strings.Contains(got, "type Other struct{ Whole int }") {
		t.Errorf("got %s", got)
	}
}

func TestAFileThatNobodyFormattedKeepsItsLinesBesideTheChange(t *testing.T) {
	t.Parallel()
	unformatted := `package rate
import ("context"
   "fmt") // as it is

// Rate is a price.
type Rate struct {
  ID string // unique
}

type Store interface { Find(ctx context.Context, id string) (*Rate, error) }

func New(id string) *Rate { return &Rate{ ID:id } }

func (r *Rate) Charge(amount int) (left int) {
    fmt.Println( amount )
    return amount
}
`
	add := "package rate\n\nimport \"time\"\n\ntype Rate struct{ At time.Time }\n"
	for _, one := range []struct{ contract, want string }{
		{"package rate\n\ntype Rate struct{ N int }\n", strings.Replace(unformatted, "  ID string // unique\n", "\tID string // unique\n\tN  int\n", 1)},
		{"package rate\n\n//dce:amend replace\nfunc New(id string, n int) *Rate\n", strings.Replace(unformatted, "New(id string) *Rate { return &Rate{ ID:id } }", "New(id string, n int) *Rate { return &Rate{ID: id} }", 1)},
		{add, strings.NewReplacer("  ID string // unique\n", "\tID string // unique\n\tAt time.Time\n",
			"\nimport (\"context\"\n   \"fmt\") // as it is", "\n\nimport (\n\t\"context\"\n\t\"fmt\"\n\t\"time\"\n) // as it is").Replace(unformatted)},
	} {
		m := overlay(t, base+"-- rate/rate.go --\n"+unformatted, []contract.Contract{amend("w1-a", "rate/rate.go", one.contract)})
		testtree.Same(t, m.faults(), []string{})
		if got := m.text(t, "rate/rate.go"); got != one.want {
			t.Errorf("got %s", got)
		}
	}
}

func TestAnAmendThatIsAppliedChangesNothing(t *testing.T) {
	t.Parallel()
	contracts := []contract.Contract{amend("w1-a", "rate/rate.go", "package rate\n\nimport \"time\"\n\ntype Rate struct{ At time.Time }\n\nfunc New(id string, n int) *Rate\n")}
	first := overlay(t, base, contracts)
	text := first.text(t, "rate/rate.go")
	again := overlay(t, base+"-- rate/rate.go --\n"+text, contracts)
	testtree.Same(t, again.faults(), []string{})
	if len(again.answer.Files) != 0 {
		t.Errorf("got %s", again.text(t, "rate/rate.go"))
	}
}

func TestAFunctionThatHasTheTypesAlreadyIsLeftAlone(t *testing.T) {
	t.Parallel()
	m := overlay(t, base, []contract.Contract{
		amend("w1-a", "rate/rate.go", "package rate\n\nfunc (rate *Rate) Charge(amount int) (left int)\n\nfunc New(name string) *Rate { return nil }\n"),
	})
	testtree.Same(t, m.faults(), []string{})
	if len(m.answer.Files) != 0 {
		t.Errorf("got %v", m.answer.Files)
	}
}

func TestASignatureThatTheBodyDoesNotFitIsLeftToItsImplementers(t *testing.T) {
	t.Parallel()
	m := overlay(t, base, []contract.Contract{amend("w1-a", "rate/rate.go", "package rate\n\nfunc New(name string) (*Rate, error)\n")})
	testtree.Same(t, m.faults(), []string{})
	got := m.diagnostics(t)
	if len(got) == 0 || !strings.Contains(strings.Join(got, "\n"), "undefined: id") {
		t.Errorf("got %q", got)
	}
}

func TestAmendAndDeclareOfOneFileGoTogether(t *testing.T) {
	t.Parallel()
	m := overlay(t, base, []contract.Contract{
		amend("w1-a", "rate/rate.go", "package rate\n\ntype Store interface{ Save(f Fresh) error }\n"),
		declare("w1-a", "rate/rate.go", "package rate\n\ntype Fresh struct{}\n\nfunc (r *Rate) Save(f Fresh) error\n"),
	})
	testtree.Same(t, m.faults(), []string{})
	testtree.Same(t, m.diagnostics(t), []string{})
	if len(m.answer.Files) != 2 {
		t.Errorf("got %v", m.answer.Files)
	}
}

func TestTheTreeItselfIsNotTouched(t *testing.T) {
	t.Parallel()
	m := overlay(t, base, []contract.Contract{amend("w1-a", "rate/rate.go", "package rate\n\ntype Rate struct{ A int }\n"), declare("w1-a", "new/n.go", "package n\n\nvar A int\n")})
	text, err := os.ReadFile(filepath.Join(m.root, "rate", "rate.go"))
	if err != nil || strings.Contains(string(text), "A int") {
		t.Errorf("got %s, %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(m.root, "new")); err == nil {
		t.Error("a folder was made")
	}
}
