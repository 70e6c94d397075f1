package facts

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"dce/analyzer/tree"
)

// Route is a registered route.
type Route struct {
	Method  string     `json:"method,omitempty"`
	Pattern string     `json:"pattern"`
	Handler *tree.Name `json:"handler,omitempty"`
	Place
	Mounted bool   `json:"mounted"`
	Router  string `json:"router"`
	Test    bool   `json:"test"`
}

// UnmountedHandler is a function with a handler's shape that no registration names.
type UnmountedHandler struct {
	tree.Name
	Place
	Reached bool `json:"reached"`
}

// routeBook collects registrations. What is one, it tells by types: a pattern beside a handler, in a call or in a table.
type routeBook struct {
	tree       *tree.Tree
	world      *graph
	routers    *routers
	routes     []Route
	registered map[tree.Name]bool
}

// site is where a registration stands: the declaration that holds it, and the nodes around it, the nearest last.
type site struct {
	pkg    *tree.Package
	file   *tree.File
	within tree.Name
	around []ast.Node
}

func collectRoutes(t *tree.Tree, world *graph) *routeBook {
	book := &routeBook{tree: t, world: world, routers: newRouters(t), registered: map[tree.Name]bool{}}
	t.RootFiles(func(pkg *tree.Package, file *tree.File) {
		for _, decl := range file.Syntax.Decls {
			within := initOf(pkg, file)
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Name.Name != "init" {
				within = tree.Name{Package: pkg.Path, Name: fn.Name.Name, Receiver: receiverName(fn)}
			}
			book.inspect(site{pkg: pkg, file: file, within: within}, decl)
		}
	})
	return book
}

func (b *routeBook) inspect(at site, decl ast.Decl) {
	var around []ast.Node
	ast.Inspect(decl, func(node ast.Node) bool {
		if node == nil {
			around = around[:len(around)-1]
			return true
		}
		at.around = around
		switch node := node.(type) {
		case *ast.CallExpr:
			b.call(at, node)
		case *ast.CompositeLit:
			b.table(at, node)
		}
		around = append(around, node)
		return true
	})
}

// call takes a call for a registration when it hands over a pattern and a handler, and does not answer a handler (as StripPrefix does).
func (b *routeBook) call(at site, call *ast.CallExpr) {
	handler := lastHandler(at.pkg, call)
	if handler == nil || answersHandler(at.pkg, call) || b.isMount(at.pkg, call, handler) {
		return
	}
	patterns := b.patternsOf(at.pkg, call, handler)
	if len(patterns) == 0 && onRouter(at.pkg, call) && !at.file.Test {
		b.register(at.pkg, handler) // registered under a pattern that only a run can tell
	}
	for _, one := range patterns {
		prefixes := b.routers.prefixesAt(at.pkg, call)
		if one.on != nil {
			prefixes = orPlain(b.routers.prefixes(at.pkg, one.on, map[*types.Var]bool{}))
		}
		if verb := verbOfCallee(call); verb != "" {
			one.methods = []string{verb}
		}
		if chained := methodsAround(at.pkg, call, at.around); len(chained) > 0 {
			one.methods = chained
		}
		for _, prefix := range prefixes {
			b.add(at, call.Pos(), one.methods, joinPattern(prefix, one.path), handler, routerName(at.pkg, call))
		}
	}
}

// onRouter: the call is a method of a router.
func onRouter(pkg *tree.Package, call *ast.CallExpr) bool {
	selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return ok && isRouter(pkg.Info.TypeOf(selector.X))
}

// isMount: a router handed to a router adds no route, but a prefix to its own.
func (b *routeBook) isMount(pkg *tree.Package, call *ast.CallExpr, handler ast.Expr) bool {
	return b.routers.mounts[call] || isRouter(pkg.Info.TypeOf(handler)) && calleeIdent(call) != nil && calleeIdent(call).Name == "Mount"
}

func (b *routeBook) add(at site, pos token.Pos, methods []string, pattern string, handler ast.Expr, router string) {
	if !at.file.Test {
		b.register(at.pkg, handler)
	}
	if len(methods) == 0 {
		methods = []string{""}
	}
	for _, method := range methods {
		b.routes = append(b.routes, Route{
			Method: method, Pattern: pattern, Handler: b.handlerName(at.pkg, handler, 0), Place: Place{at.file.Path, b.tree.Line(pos)},
			Mounted: !at.file.Test && b.world.isReached(at.within), Router: router, Test: at.file.Test,
		})
	}
}

// register remembers every function that the handler's expression names.
func (b *routeBook) register(pkg *tree.Package, handler ast.Expr) {
	ast.Inspect(handler, func(node ast.Node) bool {
		if ident, ok := node.(*ast.Ident); ok {
			if fn, ok := pkg.Info.Uses[ident].(*types.Func); ok {
				if name, ok := tree.NameOf(fn); ok {
					b.registered[name] = true
				}
			}
		}
		return true
	})
	if name := b.handlerName(pkg, handler, 0); name != nil {
		b.registered[*name] = true
	}
}

// table takes composite literals that hold a pattern beside a handler: structs of them, and maps from one to the other.
func (b *routeBook) table(at site, literal *ast.CompositeLit) {
	var pattern, method string
	var handler ast.Expr
	t := at.pkg.Info.TypeOf(literal)
	if t == nil {
		return
	}
	if _, ok := t.Underlying().(*types.Map); ok {
		b.mapTable(at, literal)
		return
	}
	if _, ok := t.Underlying().(*types.Struct); !ok {
		return
	}
	for _, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			element = pair.Value
		}
		if text, ok := constantText(at.pkg, element); ok {
			if isVerb(text) {
				method = text
			} else if verb, path, ok := splitPattern(text); ok && pattern == "" {
				pattern, method = path, cmp.Or(verb, method)
			}
		} else if isHandlerValue(at.pkg.Info.TypeOf(element)) {
			handler = element
		}
	}
	if handler != nil && pattern != "" && !isNamed(t, "net/http", "Server") {
		b.add(at, literal.Pos(), slices.DeleteFunc([]string{method}, isBlank), pattern, handler, "table")
	}
}

func (b *routeBook) mapTable(at site, literal *ast.CompositeLit) {
	for _, element := range literal.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok || !isHandlerValue(at.pkg.Info.TypeOf(pair.Value)) {
			continue
		}
		if text, ok := constantText(at.pkg, pair.Key); ok {
			if verb, path, ok := splitPattern(text); ok {
				b.add(at, pair.Pos(), slices.DeleteFunc([]string{verb}, isBlank), path, pair.Value, "table")
			}
		}
	}
}

func isBlank(text string) bool { return text == "" }

func (b *routeBook) all() []Route {
	routes := orEmpty(b.routes)
	slices.SortStableFunc(routes, func(a, b Route) int {
		return cmp.Or(comparePlaces(a.Place, b.Place), cmp.Compare(a.Pattern, b.Pattern), cmp.Compare(a.Method, b.Method))
	})
	return routes
}

// unmounted are production functions with a handler's shape that no production registration names. ServeHTTP is a handler by its name.
func (b *routeBook) unmounted() []UnmountedHandler {
	found := []UnmountedHandler{}
	for _, one := range b.world.nodes {
		if !isJudged(one) || one.decl.kind != "func" && one.decl.kind != "method" || one.name.Name == "ServeHTTP" || b.registered[one.name] {
			continue
		}
		fn, ok := one.decl.pkg.Info.Defs[one.decl.ident].(*types.Func)
		if !ok || !isHandlerFunc(fn.Signature()) {
			continue
		}
		found = append(found, UnmountedHandler{
			Name: one.name, Place: Place{one.decl.file.Path, b.tree.Line(one.decl.ident.Pos())}, Reached: b.world.isReached(one.name),
		})
	}
	slices.SortFunc(found, func(a, b UnmountedHandler) int {
		return cmp.Or(comparePlaces(a.Place, b.Place), compareNames(a.Name, b.Name))
	})
	return found
}
