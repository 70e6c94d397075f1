package tree_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dce/analyzer/internal/testtree"
	"dce/analyzer/tree"
)

func said(t *tree.Tree) []string {
	lines := []string{}
	for _, one := range t.AllDiagnostics() {
		lines = append(lines, fmt.Sprintf("%s %s:%d %s", one.Kind, one.File, one.Line, one.Message))
	}
	return lines
}

func TestDiagnostics(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, files string
		want        []string
	}{
		{"a tree that is in order has none", "-- a.go --\npackage a\n-- a_test.go --\npackage a\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) {}\n", nil},
		{
			"an error in a dependency hides none of those who import it, tests included",
			`
-- low/low.go --
package low

func Low() int { return "one" }
-- mid/mid.go --
package mid

import "example.com/m/low"

var X string = low.Low()
-- mid/mid_test.go --
package mid_test

import (
	"testing"

	"example.com/m/mid"
)

func TestX(t *testing.T) { var y int = mid.X }
`,
			[]string{
				`type low/low.go:3 cannot use "one" (untyped string constant) as int value in return statement`,
				`type mid/mid.go:5 cannot use low.Low() (value of type int) as string value in variable declaration`,
				"type mid/mid_test.go:9 declared and not used: y",
				"type mid/mid_test.go:9 cannot use mid.X (variable of type string) as int value in variable declaration",
			},
		},
		{
			"an error is told once, although a test variant has it again",
			"-- a.go --\npackage a\n\nimport \"os\"\n\nvar A int = \"x\"\n-- a_test.go --\npackage a\n",
			[]string{`type a.go:3 "os" imported and not used`, `type a.go:5 cannot use "x" (untyped string constant) as int value in variable declaration`},
		},
		{
			"a syntax error is the parser's, and leaves the rest of the tree to the type checker",
			"-- a/a.go --\npackage a\n\nfunc A( {\n-- b/b.go --\npackage b\n\nvar B int = \"x\"\n",
			[]string{"syntax a/a.go:3 expected ')', found '{'", "syntax", "syntax", "syntax", `type b/b.go:3 cannot use "x" (untyped string constant) as int value in variable declaration`},
		},
		{
			"an import of a module that go.mod does not have is a diagnostic of the module, at every import",
			"-- a.go --\npackage a\n\nimport \"example.org/none/x\"\n\nvar A = x.A\n-- b/b.go --\npackage b\n\nimport \"example.org/none/x\"\n\nvar B = x.B\n",
			[]string{
				`module a.go:3 could not import example.org/none/x (no required module provides package example.org/none/x; to add it: go get example.org/none/x)`,
				`module b/b.go:3 could not import example.org/none/x (no required module provides package example.org/none/x; to add it: go get example.org/none/x)`,
			},
		},
		{
			"an import of a package that is not in the tree's own module",
			"-- a.go --\npackage a\n\nimport \"example.com/m/none\"\n\nvar A = none.A\n",
			[]string{`import a.go:3 could not import example.com/m/none (the tree has no such package)`},
		},
		{
			"an import cycle ends, and is told",
			"-- a/a.go --\npackage a\n\nimport \"example.com/m/b\"\n\nvar A = b.B\n-- b/b.go --\npackage b\n\nimport \"example.com/m/a\"\n\nvar B = a.A\n",
			[]string{"import cycle"},
		},
		{
			"a folder with two packages",
			"-- a.go --\npackage a\n-- b.go --\npackage b\n",
			[]string{"found packages a (a.go) and b (b.go)"},
		},
		{
			"a module that wants a newer go",
			"-- go.mod --\nmodule example.com/m\n\ngo 1.99\n-- a.go --\npackage a\n",
			[]string{"module :0 go.mod requires go >= 1.99"},
		},
	}
	for _, one := range cases {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			got := said(testtree.Load(t, one.files))
			if len(got) < len(one.want) || len(one.want) == 0 && len(got) > 0 {
				t.Fatalf("got %q", got)
			}
			for index, want := range one.want {
				if !strings.Contains(strings.Join(got, "\n"), want) {
					t.Errorf("missing %q (%d) in\n%s", want, index, strings.Join(got, "\n"))
				}
			}
			if len(one.want) > 1 && len(got) != len(one.want) {
				t.Errorf("got %d:\n%s", len(got), strings.Join(got, "\n"))
			}
		})
	}
}

func TestMissingModuleFileIsADiagnostic(t *testing.T) {
	t.Parallel()
	root := testtree.Write(t, "-- go.mod --\n-- sub/a.go --\npackage a\n")
	if err := os.Remove(filepath.Join(root, "go.mod")); err != nil {
		t.Fatal(err)
	}
	loaded, err := tree.Load(context.Background(), tree.Request{Root: root, Dir: filepath.Join(root, "sub")})
	if err != nil {
		t.Fatal(err)
	}
	if got := said(loaded); len(got) == 0 || !strings.Contains(got[0], "go.mod file not found") {
		t.Errorf("got %q", got)
	}
}

func TestMissingSumIsADiagnosticAndChangesNothing(t *testing.T) {
	t.Parallel()
	root := testtree.Write(t, "-- go.mod --\nmodule example.com/m\n\ngo 1.24\n\nrequire golang.org/x/mod v0.29.0\n-- a.go --\npackage a\n\nimport _ \"golang.org/x/mod/semver\"\n")
	loaded, err := tree.Load(context.Background(), tree.Request{Root: root, Dir: root})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(said(loaded), "\n"); !strings.Contains(got, "module ") || !strings.Contains(got, "go.sum") {
		t.Errorf("got %s", got)
	}
	if tree.Exists(filepath.Join(root, "go.sum")) {
		t.Error("go.sum was written")
	}
}
