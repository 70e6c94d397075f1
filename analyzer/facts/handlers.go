package facts

import (
	"go/ast"
	"go/types"
	"slices"

	"dce/analyzer/tree"
)

// maxHandlerDepth bounds how far wrappers and variables are followed. Chosen by taste.
const maxHandlerDepth = 8

// handlerName finds the function of the tree behind wrappers, conversions and variables; nil where there is none to name.
func (b *routeBook) handlerName(pkg *tree.Package, expr ast.Expr, depth int) *tree.Name {
	if depth > maxHandlerDepth || expr == nil {
		return nil
	}
	switch expr := ast.Unparen(expr).(type) {
	case *ast.Ident:
		return b.namedHandler(pkg, expr, depth)
	case *ast.SelectorExpr:
		return b.namedHandler(pkg, expr.Sel, depth)
	case *ast.UnaryExpr:
		return b.handlerName(pkg, expr.X, depth+1)
	case *ast.CompositeLit:
		return b.serveHTTPOf(pkg.Info.TypeOf(expr))
	case *ast.CallExpr:
		return b.calledHandler(pkg, expr, depth)
	}
	return nil
}

func (b *routeBook) namedHandler(pkg *tree.Package, ident *ast.Ident, depth int) *tree.Name {
	switch object := pkg.Info.Uses[ident].(type) {
	case *types.Func:
		return b.inTree(object)
	case *types.Var:
		for _, from := range b.routers.origins[object] {
			if name := b.handlerName(from.pkg, from.expr, depth+1); name != nil {
				return name
			}
		}
		return b.serveHTTPOf(object.Type())
	}
	return nil
}

// calledHandler: a conversion or wrapper stands for what it wraps; a function of the tree that only makes a handler stands for itself.
func (b *routeBook) calledHandler(pkg *tree.Package, call *ast.CallExpr, depth int) *tree.Name {
	for _, arg := range slices.Backward(call.Args) {
		if isHandlerValue(pkg.Info.TypeOf(arg)) {
			return b.handlerName(pkg, arg, depth+1) // a literal has no name
		}
	}
	if inner := chainedCall(call); inner != nil {
		if name := b.handlerName(pkg, inner, depth+1); name != nil {
			return name
		}
	}
	if fn := calleeOf(pkg, call); fn != nil && isHandlerValue(pkg.Info.TypeOf(call)) {
		return b.inTree(fn)
	}
	return nil
}

// chainedCall is the middle of chains such as Chain(a).Wrap(h).Handler().
func chainedCall(call *ast.CallExpr) ast.Expr {
	if selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		if inner, ok := ast.Unparen(selector.X).(*ast.CallExpr); ok {
			return inner
		}
	}
	return nil
}

func (b *routeBook) inTree(fn *types.Func) *tree.Name {
	name, ok := tree.NameOf(fn)
	if !ok || !inModules(b.tree, name.Package) {
		return nil
	}
	return &name
}

func (b *routeBook) serveHTTPOf(t types.Type) *tree.Name {
	if t == nil || !servesHTTP(t) || isRouter(t) {
		return nil
	}
	object, _, _ := types.LookupFieldOrMethod(t, true, nil, "ServeHTTP")
	fn, ok := object.(*types.Func)
	if !ok {
		return nil
	}
	return b.inTree(fn)
}
