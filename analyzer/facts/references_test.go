package facts_test

import (
	"context"
	"fmt"
	"testing"

	"dce/analyzer/facts"
	"dce/analyzer/internal/testtree"
	"dce/analyzer/tree"
)

func TestReferences(t *testing.T) {
	t.Parallel()
	root := testtree.Write(t, `
-- a/a.go --
package a

type T struct{ F int }

func (T) M() {}
func New() T { return T{} }
-- b/b.go --
package b

import "example.com/m/a"

func Use() {
	x := a.New()
	x.M()
	x.F++
}
-- b/b_test.go --
package b_test

import (
	"testing"

	"example.com/m/a"
)

func TestM(t *testing.T) { a.New().M() }
`)
	request := facts.ReferencesRequest{Symbols: []tree.Name{{Package: "example.com/m/a", Name: "New"}, {Package: "example.com/m/a", Name: "M", Receiver: "T"},
		{Package: "example.com/m/a", Name: "F", Receiver: "T"}, {Package: "example.com/m/a", Name: "T"}, {Package: "example.com/m/a", Name: "None"}}}
	request.Root, request.Dir = root, root
	answer, err := facts.References(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	testtree.Same(t, lines(answer.Symbols, func(one facts.SymbolUses) string {
		return fmt.Sprintf("%s known=%t %v", dotted(one.Name), one.Known, lines(one.Files, func(f facts.UsingFile) string { return fmt.Sprintf("%s%v", f.File, f.Lines) }))
	}), []string{
		"New known=true [b/b.go[6] b/b_test.go[9]]", "T.M known=true [b/b.go[7] b/b_test.go[9]]", "T.F known=true [b/b.go[8]]",
		"T known=true [a/a.go[5 6] b/b.go[7 8] b/b_test.go[9]]", "None known=false []",
	})
}
