package facts

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"dce/analyzer/tree"
)

// maxTexts bounds how many texts a pattern may stand for. Chosen by taste.
const maxTexts = 16

// texts are the texts that an expression can have: constants, sums of them, and variables that are only given such. nil: not known.
func (r *routers) texts(pkg *tree.Package, expr ast.Expr, depth int) []string {
	if text, ok := constantText(pkg, expr); ok {
		return []string{text}
	}
	if depth > maxHandlerDepth {
		return nil
	}
	switch expr := ast.Unparen(expr).(type) {
	case *ast.BinaryExpr:
		if expr.Op == token.ADD {
			return r.sums(r.texts(pkg, expr.X, depth+1), r.texts(pkg, expr.Y, depth+1))
		}
	case *ast.Ident, *ast.SelectorExpr:
		return r.variableTexts(variableOf(pkg, expr), depth)
	case *ast.CallExpr:
		return r.formatted(pkg, expr, depth)
	}
	return nil
}

func (r *routers) sums(left, right []string) []string {
	if len(left)*len(right) > maxTexts {
		return nil
	}
	var found []string
	for _, one := range left {
		for _, other := range right {
			found = append(found, one+other)
		}
	}
	return found
}

func (r *routers) variableTexts(variable *types.Var, depth int) []string {
	if variable == nil || variable.IsField() || !isString(variable.Type()) {
		return nil // a field has one value per struct: tables are looked at as such
	}
	var found []string
	for _, from := range r.origins[variable] {
		inner := r.texts(from.pkg, from.expr, depth+1)
		if inner == nil {
			return nil
		}
		found = append(found, inner...)
	}
	slices.Sort(found)
	found = slices.Compact(found)
	if len(found) > maxTexts {
		return nil
	}
	return found
}

// formatted follows fmt.Sprintf with %s and %v alone.
func (r *routers) formatted(pkg *tree.Package, call *ast.CallExpr, depth int) []string {
	fn := calleeOf(pkg, call)
	if fn == nil || fn.FullName() != "fmt.Sprintf" {
		return nil
	}
	format, ok := constantText(pkg, call.Args[0])
	parts := strings.Split(strings.ReplaceAll(format, "%v", "%s"), "%s")
	if !ok || len(parts) != len(call.Args) || strings.Contains(strings.Join(parts, ""), "%") {
		return nil
	}
	found := []string{parts[0]}
	for index, part := range parts[1:] {
		found = r.sums(r.sums(found, r.texts(pkg, call.Args[index+1], depth+1)), []string{part})
	}
	return found
}
