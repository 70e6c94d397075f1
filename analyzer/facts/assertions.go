package facts

import (
	"go/ast"
	"go/types"
	"strings"

	"dce/analyzer/tree"
)

// effect is what a call does to a test.
type effect int

const (
	nothing effect = iota
	asserts
	skips
	runsSubtest
	goesParallel
)

// testingEffects are the methods of testing.T, B, F and TB that matter.
var testingEffects = map[string]effect{
	"Error": asserts, "Errorf": asserts, "Fatal": asserts, "Fatalf": asserts, "Fail": asserts, "FailNow": asserts,
	"Skip": skips, "Skipf": skips, "SkipNow": skips, "Run": runsSubtest, "Parallel": goesParallel,
}

// assertionJudge knows what the functions of the tree do when they are handed a test.
type assertionJudge struct {
	functions map[tree.Name]function
	known     map[tree.Name]map[effect]bool
}

type function struct {
	pkg  *tree.Package
	decl *ast.FuncDecl
	test bool
}

func newAssertionJudge(t *tree.Tree) *assertionJudge {
	judge := &assertionJudge{functions: map[tree.Name]function{}, known: map[tree.Name]map[effect]bool{}}
	t.RootFiles(func(pkg *tree.Package, file *tree.File) {
		for _, decl := range file.Syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil {
				name := tree.Name{Package: pkg.Path, Name: fn.Name.Name, Receiver: receiverName(fn)}
				judge.functions[name] = function{pkg, fn, file.Test}
			}
		}
	})
	return judge
}

func (j *assertionJudge) judge(pkg *tree.Package, call *ast.CallExpr) effect {
	fn := calleeOf(pkg, call)
	if fn == nil {
		return unresolvedEffect(pkg, call)
	}
	if fn.Pkg() == nil {
		return nothing
	}
	if fn.Pkg().Path() == "testing" {
		return testingEffects[fn.Name()]
	}
	if isAssertion(fn) {
		return asserts
	}
	name, ok := tree.NameOf(fn)
	if !ok {
		return nothing
	}
	does := j.effectsOf(name)
	if does[asserts] {
		return asserts
	} else if does[skips] {
		return skips
	}
	return nothing
}

// effectsOf looks into a function of the tree that stands in a test file or is handed a test. While it is looked into, it does nothing.
func (j *assertionJudge) effectsOf(name tree.Name) map[effect]bool {
	if known, ok := j.known[name]; ok {
		return known
	}
	does := map[effect]bool{}
	j.known[name] = does
	fn, ok := j.functions[name]
	if !ok || !fn.test && !takesTest(fn) {
		return does
	}
	ast.Inspect(fn.decl.Body, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok {
			does[j.judge(fn.pkg, call)] = true
		}
		return true
	})
	return does
}

func takesTest(fn function) bool {
	object, ok := fn.pkg.Info.Defs[fn.decl.Name].(*types.Func)
	if !ok {
		return false
	}
	params := object.Signature().Params()
	for index := range params.Len() {
		if named := tree.NamedOf(params.At(index).Type()); named != nil && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "testing" {
			return true
		}
	}
	return false
}

// isAssertion knows the packages that people assert with.
func isAssertion(fn *types.Func) bool {
	path := fn.Pkg().Path()
	switch {
	case strings.HasSuffix(path, "/testify/assert"), strings.HasSuffix(path, "/testify/require"):
		return fn.Name() != "New" && !strings.HasPrefix(fn.Name(), "ObjectsAre")
	case strings.HasSuffix(path, "/testify/mock"):
		return strings.HasPrefix(fn.Name(), "Assert")
	case path == "github.com/google/go-cmp/cmp":
		return fn.Name() == "Diff"
	case strings.HasPrefix(path, "gotest.tools/") && strings.HasSuffix(path, "/assert"), strings.HasPrefix(path, "github.com/matryer/is"),
		strings.HasPrefix(path, "github.com/shoenig/test"):
		return fn.Name() != "New"
	case strings.HasPrefix(path, "github.com/frankban/quicktest"), strings.HasPrefix(path, "github.com/go-quicktest/qt"):
		return fn.Name() == "Assert" || fn.Name() == "Check"
	case strings.HasPrefix(path, "github.com/onsi/gomega"):
		return fn.Name() == "Expect" || fn.Name() == "Ω" || fn.Name() == "Eventually" || fn.Name() == "Consistently"
	}
	return false
}

// calleeOf is the function or method that is called by its name; nil for others, and where the type checker could not tell.
func calleeOf(pkg *tree.Package, call *ast.CallExpr) *types.Func {
	if ident := calleeIdent(call); ident != nil {
		fn, _ := pkg.Info.Uses[ident].(*types.Func)
		return fn
	}
	return nil
}

func calleeIdent(call *ast.CallExpr) *ast.Ident {
	expr := ast.Unparen(call.Fun)
	switch inner := expr.(type) {
	case *ast.IndexExpr:
		expr = inner.X
	case *ast.IndexListExpr:
		expr = inner.X
	}
	switch expr := expr.(type) {
	case *ast.Ident:
		return expr
	case *ast.SelectorExpr:
		return expr.Sel
	}
	return nil
}

// unresolvedEffect goes by names where the package of the callee is not on this machine.
func unresolvedEffect(pkg *tree.Package, call *ast.CallExpr) effect {
	selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || pkg.Info.Uses[selector.Sel] != nil {
		return nothing
	}
	base, ok := selector.X.(*ast.Ident)
	if !ok {
		return nothing
	}
	switch base.Name {
	case "assert", "require", "is", "qt":
		return asserts
	case "t", "b", "f", "tb":
		return testingEffects[selector.Sel.Name]
	}
	return nothing
}
