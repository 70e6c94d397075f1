package contract_test

import (
	"context"
	"strings"
	"testing"

	"dce/analyzer/contract"
	"dce/analyzer/internal/testtree"
	"dce/analyzer/tree"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	root := testtree.Write(t, base+`
-- sql/sql.go --
package sql

import (
	"context"

	"example.com/m/rate"
)

type Store struct{}

func (s *Store) Find(ctx context.Context, id string) (*rate.Rate, error) { return nil, nil }

type Broken struct{}

func (Broken) Find(missing) {}
`)
	checks := []contract.Check{
		{Package: "example.com/m/sql", Expr: "var _ rate.Store = (*Store)(nil)"},
		{Package: "sql", Expr: "var _ rate.Store = Store{}"},
		{Package: "rate", Expr: "var _ func(id string) *Rate = New"},
		{Package: "rate", Expr: "var _ func(*Rate, int) string = (*Rate).Charge"},
		{Package: "rate", Expr: "var _ http.Handler = (*Rate)(nil)"},
		{Package: "rate", Expr: "var _ = Nothing"},
		{Package: "rate", Expr: "var _ ="},
		{Package: "none", Expr: "var _ int = 1"},
		{Package: "sql", Expr: "var _ func(Broken, int) = Broken.Find"},
	}
	answer, err := contract.Conformance(context.Background(), contract.ConformanceRequest{Request: tree.Request{Root: root, Dir: root}, Checks: checks})
	if err != nil {
		t.Fatal(err)
	}
	want := []struct{ expr, message string }{
		{checks[1].Expr, "method Find has pointer receiver"},
		{checks[3].Expr, "cannot use (*Rate).Charge"},
		{checks[4].Expr, "missing method ServeHTTP"},
		{checks[5].Expr, "undefined: Nothing"},
		{checks[6].Expr, "the check is not Go"},
		{checks[7].Expr, "there is no package none"},
		{checks[8].Expr, ""},
	}
	if len(answer.Failures) != len(want) {
		t.Fatalf("got %v", answer.Failures)
	}
	for index, one := range answer.Failures {
		if one.Expr != want[index].expr || !strings.Contains(one.Message, want[index].message) || one.Message == "" {
			t.Errorf("got %v, want %v", one, want[index])
		}
	}
}

func TestContractChecks(t *testing.T) {
	t.Parallel()
	root := testtree.Write(t, base+`
-- quota/quota.go --
package quota

import "example.com/m/rate"

type Quota struct {
	Rate  *rate.Rate
	Next  *Quota
	extra int
}

type Kind string

const Big Kind = "big"

type Store interface{ Find() Kind; More() }

func New(r *rate.Rate, limit int) *Quota { return nil }
func (q *Quota) Charge(n int) error       { return nil }
func (q Quota) Value() int                { return 0 }
func Map[T any](x T) T                    { return x }
`)
	answer, err := contract.Checks(context.Background(), contract.ChecksRequest{Request: tree.Request{Root: root, Dir: root}, Contracts: []contract.Contract{
		declare("w1-a", "quota/quota.go", `package quota

import "example.com/m/rate"

type Quota struct { Rate *rate.Rate; Next *Quota }
type Kind int
const Big Kind = 1
type Store interface { Find() Kind }
type Gone struct { Q Quota }

func New(r *rate.Rate, limit int64) *Quota
func (q *Quota) Charge(amount int) error
func (q *Quota) Value() int
func (q *Quota) Refund(g Gone)
func Map[T any](y T) T
`),
		declare("w1-b", "other/other.go", "package other\n\nfunc F()\n"),
		declare("w1-c", "other/broken.go", "package other\n\nfunc ("),
	}})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, one := range answer.Checks {
		got = append(got, strings.Join([]string{one.Task, one.Symbol, one.State, one.Expected, "/", one.Found, one.File}, " "))
	}
	testtree.Same(t, got, []string{
		"w1-a Big same example.com/m/quota.Kind / example.com/m/quota.Kind quota/quota.go",
		"w1-a Gone missing struct{Q example.com/m/quota.Quota} /  ",
		"w1-a Kind different int / string quota/quota.go",
		"w1-a Map same func[T any](T) T / func[T any](T) T quota/quota.go",
		"w1-a New different func(*example.com/m/rate.Rate, int64) *example.com/m/quota.Quota / func(*example.com/m/rate.Rate, int) *example.com/m/quota.Quota quota/quota.go",
		"w1-a Quota same struct{Rate *example.com/m/rate.Rate; Next *example.com/m/quota.Quota} / struct{Rate *example.com/m/rate.Rate; Next *example.com/m/quota.Quota; extra int} quota/quota.go",
		"w1-a Quota.Charge same func(int) error / func(int) error quota/quota.go",
		"w1-a Quota.Refund missing func(example.com/m/quota.Gone) /  ",
		"w1-a Quota.Value different func() int / func() int quota/quota.go",
		"w1-a Store different interface{Find() example.com/m/quota.Kind} / interface{Find() example.com/m/quota.Kind; More()} quota/quota.go",
		"w1-b F missing  /  ",
	})
	if len(answer.Faults) != 1 || answer.Faults[0].Task != "w1-c" {
		t.Errorf("got %v", answer.Faults)
	}
}
