package tree_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"dce/analyzer/internal/testtree"
	"dce/analyzer/tree"
)

func TestMain(m *testing.M) {
	testtree.Offline()
	os.Exit(m.Run())
}

func packagePaths(t *tree.Tree) []string {
	paths := []string{}
	for _, pkg := range t.Packages {
		paths = append(paths, pkg.Path+" in "+pkg.Dir)
	}
	return paths
}

func TestModuleInASubfolderHasPathsFromTheRoot(t *testing.T) {
	t.Parallel()
	files := "-- README --\n-- svc/go.mod --\nmodule example.com/svc\n\ngo 1.24\n-- svc/a/a.go --\npackage a\n-- other.go --\npackage other\n"
	loaded := testtree.Load(t, files, func(request *tree.Request) { request.Dir = filepath.Join(request.Root, "svc") })
	testtree.Same(t, packagePaths(loaded), []string{"example.com/svc/a in svc/a"})
	if file := loaded.Packages[0].Files[0].Path; file != "svc/a/a.go" {
		t.Errorf("got %s", file)
	}
}

func TestAFolderInsideAModuleStandsForTheModule(t *testing.T) {
	t.Parallel()
	files := "-- main.go --\npackage main\n\nfunc main() {}\n-- a/b/b.go --\npackage b\n-- _hidden/h.go --\npackage h\n"
	inside := func(folder string) func(*tree.Request) {
		return func(request *tree.Request) { request.Dir = filepath.Join(request.Root, folder) }
	}
	testtree.Same(t, packagePaths(testtree.Load(t, files, inside("a"))), []string{"example.com/m in .", "example.com/m/a/b in a/b"})
	testtree.Same(t, packagePaths(testtree.Load(t, files, inside("_hidden"))), []string{"example.com/m in .", "example.com/m/_hidden in _hidden", "example.com/m/a/b in a/b"})
}

func TestWorkspaceHasThePackagesOfAllItsModules(t *testing.T) {
	t.Parallel()
	loaded := testtree.Load(t, `
-- go.work --
go 1.24

use ./one
use ./two
-- one/go.mod --
module example.com/one

go 1.24
-- one/a.go --
package one

import "example.com/two"

var A int = two.B
-- two/go.mod --
module example.com/two

go 1.24
-- two/b.go --
package two

var B = "b"
`)
	testtree.Same(t, packagePaths(loaded), []string{"example.com/one in one", "example.com/two in two"})
	testtree.Same(t, said(loaded), []string{"type one/a.go:5 cannot use two.B (variable of type string) as int value in variable declaration"})
}

func TestVendoredModulesAreUsedAndNotJudged(t *testing.T) {
	t.Parallel()
	loaded := testtree.Load(t, `
-- go.mod --
module example.com/m

go 1.24

require example.org/dep v1.0.0
-- a.go --
package m

import "example.org/dep"

var A string = dep.D
-- vendor/modules.txt --
# example.org/dep v1.0.0
## explicit; go 1.24
example.org/dep
-- vendor/example.org/dep/dep.go --
package dep

var D = 1
`)
	testtree.Same(t, packagePaths(loaded), []string{"example.com/m in ."})
	testtree.Same(t, said(loaded), []string{"type a.go:5 cannot use dep.D (variable of type int) as string value in variable declaration"})
}

func TestOverlayReplacesAddsAndDeletes(t *testing.T) {
	t.Parallel()
	root := testtree.Write(t, "-- a.go --\npackage m\n\nvar A = B\n-- c.go --\npackage m\n\nvar C = nothing\n-- over/a.go --\npackage m\n\nvar A int = B\n-- over/b.go --\npackage m\n\nvar B = \"b\"\n")
	overlay := filepath.Join(root, "over", "overlay.json")
	text := fmt.Sprintf(`{"Replace":{%q:%q,%q:%q,%q:""}}`, filepath.Join(root, "a.go"), filepath.Join(root, "over", "a.go"),
		filepath.Join(root, "b.go"), filepath.Join(root, "over", "b.go"), filepath.Join(root, "c.go"))
	if err := os.WriteFile(overlay, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	loaded, err := tree.Load(context.Background(), tree.Request{Root: root, Dir: root, Overlay: overlay, Patterns: []string{"."}})
	if err != nil {
		t.Fatal(err)
	}
	testtree.Same(t, said(loaded), []string{"type a.go:3 cannot use B (variable of type string) as int value in variable declaration"})
}

func TestTagsChooseFiles(t *testing.T) {
	t.Parallel()
	files := "-- a.go --\npackage m\n-- b.go --\n//go:build special\n\npackage m\n\nvar B = nothing\n"
	if got := said(testtree.Load(t, files)); len(got) != 0 {
		t.Errorf("without the tag: %q", got)
	}
	tagged := testtree.Load(t, files, func(request *tree.Request) { request.Tags = []string{"special"} })
	testtree.Same(t, said(tagged), []string{"type b.go:5 undefined: nothing"})
}

func TestVariantsOfOnePackageStayApart(t *testing.T) {
	t.Parallel()
	// testutil is compiled again for the external test of a, against a with its test file: both see one type T.
	loaded := testtree.Load(t, `
-- a/a.go --
package a

type T struct{}
-- a/export_test.go --
package a

func Secret() T { return T{} }
-- testutil/testutil.go --
package testutil

import "example.com/m/a"

func Use(a.T) {}
-- a/a_test.go --
package a_test

import (
	"testing"

	"example.com/m/a"
	"example.com/m/testutil"
)

func TestT(t *testing.T) { testutil.Use(a.Secret()) }
`)
	testtree.Same(t, said(loaded), []string{})
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	loaded := testtree.Load(t, `
-- a.go --
package m

import "context"

type Box[T any] struct{ v T }
type Kind = Box[byte]

type F func(ctx context.Context, names ...string) (n int, err error)
type I interface {
	B(rune) interface{}
	A(<-chan error) any
	interface{ C() }
}
type S struct {
	Box[int]
	Next  *S `+"`json:\"next\"`"+`
	items map[string][]Kind
}
type N interface{ ~int | ~string }
`)
	scope := loaded.Packages[0].Types.Scope()
	for name, want := range map[string]string{
		"F":    "func(context.Context, ...string) (int, error)",
		"I":    "interface{A(<-chan (error)) any; B(int32) any; C()}",
		"S":    `struct{example.com/m.Box[int]; Next *example.com/m.S "json:\"next\""; items map[string][]example.com/m.Box[uint8]}`,
		"N":    "interface{~int | ~string}",
		"Kind": "alias of example.com/m.Box[uint8]",
		"Box":  "[T any]struct{v T}",
	} {
		if got := tree.CanonicalObject(scope.Lookup(name)); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
