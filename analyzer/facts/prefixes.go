package facts

import (
	"go/ast"
	"go/types"
	"slices"
	"sort"

	"dce/analyzer/tree"
)

// isRouter: something that patterns are registered on by name.
func isRouter(t types.Type) bool {
	if t == nil {
		return false
	}
	for _, name := range []string{"HandleFunc", "Handle", "GET", "Get"} {
		object, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
		fn, ok := object.(*types.Func)
		if !ok || fn.Signature().Params().Len() < 2 || !isString(fn.Signature().Params().At(0).Type()) {
			continue
		}
		last := fn.Signature().Params().At(fn.Signature().Params().Len() - 1).Type()
		if slice, ok := last.(*types.Slice); ok {
			last = slice.Elem()
		}
		if isHandlerValue(last) {
			return true
		}
	}
	return false
}

func isString(t types.Type) bool {
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Kind() == types.String
}

// prefixesAt are the prefixes of the router that a call registers on: its receiver, or a router among its arguments.
func (r *routers) prefixesAt(pkg *tree.Package, call *ast.CallExpr) []string {
	var found []string
	if selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && pkg.Info.Selections[selector] != nil {
		found = r.prefixes(pkg, selector.X, map[*types.Var]bool{})
	}
	for _, arg := range call.Args {
		if isRouter(pkg.Info.TypeOf(arg)) && len(found) == 0 {
			found = r.prefixes(pkg, arg, map[*types.Var]bool{})
		}
	}
	return orPlain(found)
}

func orPlain(prefixes []string) []string {
	if len(prefixes) == 0 {
		return []string{""}
	}
	return prefixes
}

// prefixes is nil for a router that stands for itself, so that a mount of it elsewhere wins over where it was made.
func (r *routers) prefixes(pkg *tree.Package, expr ast.Expr, seen map[*types.Var]bool) []string {
	if call, ok := ast.Unparen(expr).(*ast.CallExpr); ok {
		selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok || pkg.Info.Selections[selector] == nil {
			return nil
		}
		base := r.prefixes(pkg, selector.X, seen)
		switch selector.Sel.Name {
		case "PathPrefix", "Group", "Route", "Path":
			if len(call.Args) > 0 {
				if text, ok := constantText(pkg, call.Args[0]); ok {
					return under(base, text)
				}
			}
		}
		return base
	}
	variable := variableOf(pkg, expr)
	if variable == nil || seen[variable] {
		return nil
	}
	seen[variable] = true
	defer delete(seen, variable)
	var found []string
	for _, from := range r.origins[variable] {
		inner := r.prefixes(from.pkg, from.expr, seen)
		if from.under {
			inner = under(inner, from.prefix)
		}
		found = append(found, inner...)
	}
	sort.Strings(found)
	return slices.Compact(found)
}

func under(prefixes []string, text string) []string {
	var found []string
	for _, prefix := range orPlain(prefixes) {
		found = append(found, joinPattern(prefix, text))
	}
	return found
}
