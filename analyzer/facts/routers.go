package facts

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"dce/analyzer/tree"
)

// routers follows router values through variables, fields, parameters and groups, to know what stands before a pattern.
type routers struct {
	tree *tree.Tree
	// origins are the values that a variable, field or parameter gets anywhere in the tree.
	origins map[*types.Var][]origin
	// mounts are the calls that hand a router to a router.
	mounts  map[*ast.CallExpr]bool
	bodies  map[tree.Name]function
	methods map[string][]*types.Func
}

type origin struct {
	pkg *tree.Package
	// expr is the value; for mounts and groups the router that it is put on, under prefix.
	expr   ast.Expr
	prefix string
	// under tells the second kind from the first.
	under bool
}

func newRouters(t *tree.Tree) *routers {
	r := &routers{
		tree: t, origins: map[*types.Var][]origin{}, mounts: map[*ast.CallExpr]bool{}, bodies: newAssertionJudge(t).functions, methods: map[string][]*types.Func{},
	}
	for _, one := range r.bodies {
		if fn, ok := one.pkg.Info.Defs[one.decl.Name].(*types.Func); ok && one.decl.Recv != nil {
			r.methods[fn.Name()] = append(r.methods[fn.Name()], fn)
		}
	}
	t.RootFiles(func(pkg *tree.Package, file *tree.File) {
		ast.Inspect(file.Syntax, func(node ast.Node) bool {
			r.note(pkg, node)
			return true
		})
	})
	return r
}

func (r *routers) note(pkg *tree.Package, node ast.Node) {
	switch node := node.(type) {
	case *ast.AssignStmt:
		if len(node.Lhs) == len(node.Rhs) {
			for index, left := range node.Lhs {
				r.assign(pkg, variableOf(pkg, left), assigned(node, index))
			}
		}
	case *ast.ValueSpec:
		if len(node.Names) == len(node.Values) {
			for index, name := range node.Names {
				r.assign(pkg, variableOf(pkg, name), node.Values[index])
			}
		}
	case *ast.KeyValueExpr:
		if key, ok := node.Key.(*ast.Ident); ok {
			r.assign(pkg, variableOf(pkg, key), node.Value)
		}
	case *ast.CallExpr:
		r.noteCall(pkg, node)
	}
}

func (r *routers) assign(pkg *tree.Package, to *types.Var, value ast.Expr) {
	if to != nil && (isRouter(to.Type()) || isHandlerValue(to.Type()) || isString(to.Type())) {
		r.origins[to] = append(r.origins[to], origin{pkg: pkg, expr: value})
	}
}

// assigned is the value that the variable gets; after `p += "/x"` it is not known.
func assigned(statement *ast.AssignStmt, index int) ast.Expr {
	if statement.Tok == token.ADD_ASSIGN {
		return &ast.BadExpr{From: statement.Pos(), To: statement.End()} // it depends on how often that runs
	}
	return statement.Rhs[index]
}

func variableOf(pkg *tree.Package, expr ast.Expr) *types.Var {
	var ident *ast.Ident
	switch expr := ast.Unparen(expr).(type) {
	case *ast.Ident:
		ident = expr
	case *ast.SelectorExpr:
		ident = expr.Sel
	default:
		return nil
	}
	if variable, ok := pkg.Info.ObjectOf(ident).(*types.Var); ok {
		return variable
	}
	return nil
}

func (r *routers) noteCall(pkg *tree.Package, call *ast.CallExpr) {
	r.bindArguments(pkg, call)
	r.bindGroup(pkg, call)
	r.bindMount(pkg, call)
}

// bindArguments: a parameter gets what callers hand over. A call through an interface goes to every method of that name.
func (r *routers) bindArguments(pkg *tree.Package, call *ast.CallExpr) {
	if !slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return isRouter(pkg.Info.TypeOf(arg)) }) {
		return
	}
	fn := calleeOf(pkg, call)
	if fn == nil {
		return
	}
	targets := []*types.Func{fn.Origin()}
	if recv := fn.Signature().Recv(); recv != nil && types.IsInterface(recv.Type()) {
		targets = r.methods[fn.Name()]
	}
	for _, target := range targets {
		params := target.Signature().Params()
		for index, arg := range call.Args {
			if index < params.Len() && isRouter(params.At(index).Type()) {
				r.assign(pkg, params.At(index), arg)
			}
		}
	}
}

// bindGroup: r.Route("/x", func(r chi.Router) {…}) puts the literal's router under the prefix; r.Group(func…) under none.
func (r *routers) bindGroup(pkg *tree.Package, call *ast.CallExpr) {
	selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || !isRouter(pkg.Info.TypeOf(selector.X)) {
		return
	}
	prefix := ""
	for _, arg := range call.Args {
		if text, ok := constantText(pkg, arg); ok {
			prefix = text
		}
		literal, ok := ast.Unparen(arg).(*ast.FuncLit)
		if !ok {
			continue
		}
		for _, field := range literal.Type.Params.List {
			for _, name := range field.Names {
				if variable, ok := pkg.Info.Defs[name].(*types.Var); ok && isRouter(variable.Type()) {
					r.origins[variable] = append(r.origins[variable], origin{pkg: pkg, expr: selector.X, prefix: prefix, under: true})
				}
			}
		}
	}
}

// bindMount: r.Mount("/x", sub), and mux.Handle("/x/", http.StripPrefix("/x", sub)).
func (r *routers) bindMount(pkg *tree.Package, call *ast.CallExpr) {
	selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || len(call.Args) != 2 || !isRouter(pkg.Info.TypeOf(selector.X)) {
		return
	}
	prefix, ok := constantText(pkg, call.Args[0])
	value := call.Args[1]
	if selector.Sel.Name != "Mount" {
		strip, isCall := ast.Unparen(value).(*ast.CallExpr)
		if !isCall || len(strip.Args) != 2 || calleeIdent(strip) == nil || calleeIdent(strip).Name != "StripPrefix" {
			return
		}
		prefix, ok = constantText(pkg, strip.Args[0])
		value = strip.Args[1]
	}
	if !ok {
		return
	}
	for _, variable := range r.routerVariables(pkg, value) {
		r.origins[variable] = append(r.origins[variable], origin{pkg: pkg, expr: selector.X, prefix: prefix, under: true})
		r.mounts[call] = true
	}
}

// routerVariables are the variables behind a router value: itself, or what a function of the tree returns.
func (r *routers) routerVariables(pkg *tree.Package, value ast.Expr) []*types.Var {
	if call, ok := ast.Unparen(value).(*ast.CallExpr); ok {
		fn := calleeOf(pkg, call)
		name, named := tree.NameOf(objectOrNil(fn))
		body, known := r.bodies[name]
		if !named || !known {
			return nil
		}
		var found []*types.Var
		ast.Inspect(body.decl.Body, func(node ast.Node) bool {
			if result, ok := node.(*ast.ReturnStmt); ok && len(result.Results) > 0 {
				if variable := variableOf(body.pkg, result.Results[0]); variable != nil && isRouter(variable.Type()) {
					found = append(found, variable)
				}
			}
			return true
		})
		return found
	}
	if variable := variableOf(pkg, value); variable != nil && isRouter(variable.Type()) {
		return []*types.Var{variable}
	}
	return nil
}

func objectOrNil(fn *types.Func) types.Object {
	if fn == nil {
		return nil
	}
	return fn
}
