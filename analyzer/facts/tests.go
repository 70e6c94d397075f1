package facts

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"dce/analyzer/tree"
)

// Test is a test, benchmark, fuzz target or example.
type Test struct {
	tree.Name
	Place
	EndLine    int    `json:"endLine"`
	Kind       string `json:"kind"`
	Assertions int    `json:"assertions"`
	Skips      []int  `json:"skips"`
	Subtests   int    `json:"subtests"`
	Parallel   bool   `json:"parallel"`
	EmptyBody  bool   `json:"emptyBody"`
}

func collectTests(t *tree.Tree) []Test {
	judge := newAssertionJudge(t)
	tests := []Test{}
	t.RootFiles(func(pkg *tree.Package, file *tree.File) {
		if !file.Test {
			return
		}
		for _, decl := range file.Syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			if kind := testKind(pkg, fn); kind != "" {
				tests = append(tests, describeTest(t, pkg, file, fn, kind, judge))
			}
		}
	})
	slices.SortStableFunc(tests, func(a, b Test) int { return cmp.Or(cmp.Compare(a.Package, b.Package), comparePlaces(a.Place, b.Place)) })
	return tests
}

func describeTest(t *tree.Tree, pkg *tree.Package, file *tree.File, fn *ast.FuncDecl, kind string, judge *assertionJudge) Test {
	one := Test{
		Name:  tree.Name{Package: pkg.ProductionPath(), Name: fn.Name.Name, Receiver: receiverName(fn)},
		Place: Place{file.Path, t.Line(fn.Pos())}, EndLine: t.Line(fn.End()), Kind: kind, Skips: []int{}, EmptyBody: len(fn.Body.List) == 0,
	}
	one.Line = t.Line(fn.Name.Pos())
	ast.Inspect(fn.Body, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch judge.judge(pkg, call) {
		case asserts:
			one.Assertions++
		case skips:
			one.Skips = append(one.Skips, t.Line(call.Pos()))
		case runsSubtest:
			one.Subtests++
		case goesParallel:
			one.Parallel = true
		}
		return true
	})
	if kind == "example" && hasOutput(file.Syntax, fn) {
		one.Assertions++
	}
	slices.Sort(one.Skips)
	return one
}

// testKind follows go test: the name's word, not followed by a small letter, and the parameter's type.
func testKind(pkg *tree.Package, fn *ast.FuncDecl) string {
	name, params := fn.Name.Name, fn.Type.Params.NumFields()
	if fn.Recv != nil {
		if isTestName(name, "Test") && params == 0 && fn.Type.Results.NumFields() == 0 && isSuite(pkg, fn) {
			return "test"
		}
		return ""
	}
	switch {
	case params == 1 && isTestName(name, "Test") && takes(fn, "T"):
		return "test"
	case params == 1 && isTestName(name, "Benchmark") && takes(fn, "B"):
		return "benchmark"
	case params == 1 && isTestName(name, "Fuzz") && takes(fn, "F"):
		return "fuzz"
	case params == 0 && isTestName(name, "Example") && fn.Type.Results.NumFields() == 0:
		return "example"
	}
	return ""
}

func isTestName(name, word string) bool {
	rest, ok := strings.CutPrefix(name, word)
	first, _ := utf8.DecodeRuneInString(rest)
	return ok && (rest == "" || !unicode.IsLower(first))
}

func takes(fn *ast.FuncDecl, name string) bool {
	star, ok := fn.Type.Params.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	selector, ok := star.X.(*ast.SelectorExpr)
	return ok && selector.Sel.Name == name
}

// isSuite: the receiver's struct embeds a testify suite, itself or further down.
func isSuite(pkg *tree.Package, fn *ast.FuncDecl) bool {
	object, ok := pkg.Info.Defs[fn.Name].(*types.Func)
	if !ok || object.Signature().Recv() == nil {
		return false
	}
	named := tree.NamedOf(object.Signature().Recv().Type())
	return named != nil && embedsSuite(named, 4)
}

func embedsSuite(named *types.Named, depth int) bool {
	structure, ok := named.Underlying().(*types.Struct)
	if !ok || depth == 0 {
		return false
	}
	for index := range structure.NumFields() {
		field := structure.Field(index)
		inner := tree.NamedOf(field.Type())
		if !field.Embedded() || inner == nil || inner.Obj().Pkg() == nil {
			continue
		}
		if inner.Obj().Name() == "Suite" && strings.HasSuffix(inner.Obj().Pkg().Path(), "/suite") || embedsSuite(inner, depth-1) {
			return true
		}
	}
	return false
}

func hasOutput(file *ast.File, fn *ast.FuncDecl) bool {
	for _, group := range file.Comments {
		text := strings.ToLower(strings.TrimSpace(group.Text()))
		if group.Pos() > fn.Body.Pos() && group.End() < fn.Body.End() && (strings.HasPrefix(text, "output:") || strings.HasPrefix(text, "unordered output:")) {
			return true
		}
	}
	return false
}
