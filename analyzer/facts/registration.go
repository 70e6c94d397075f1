package facts

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
	"strings"

	"dce/analyzer/tree"
)

var verbs = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE"}

func isVerb(text string) bool { return slices.Contains(verbs, text) }

// splitPattern takes "/x" and "GET /x" for patterns, and nothing else.
func splitPattern(text string) (verb, path string, ok bool) {
	if strings.HasPrefix(text, "/") {
		return "", text, true
	}
	verb, path, ok = strings.Cut(text, " ")
	path = strings.TrimSpace(path)
	return verb, path, ok && isVerb(verb) && strings.HasPrefix(path, "/")
}

func constantText(pkg *tree.Package, expr ast.Expr) (string, bool) {
	value := pkg.Info.Types[expr].Value
	if value == nil || value.Kind() != constant.String {
		return "", false
	}
	return constant.StringVal(value), true
}

// lastHandler is the last argument that can handle a request: middlewares come before it.
func lastHandler(pkg *tree.Package, call *ast.CallExpr) ast.Expr {
	for _, arg := range slices.Backward(call.Args) {
		if isHandlerValue(pkg.Info.TypeOf(arg)) {
			return arg
		}
	}
	return nil
}

// isHandlerValue: an http.Handler, a function that is handed an *http.Request, or one that is handed a framework's context.
func isHandlerValue(t types.Type) bool {
	if t == nil {
		return false
	}
	if signature, ok := t.Underlying().(*types.Signature); ok {
		return takesRequest(signature)
	}
	return servesHTTP(t)
}

func takesRequest(signature *types.Signature) bool {
	for index := range signature.Params().Len() {
		param := signature.Params().At(index).Type()
		if isNamed(param, "net/http", "Request") || isFrameworkContext(param) {
			return true
		}
	}
	return false
}

// isFrameworkContext: *gin.Context, echo.Context, *fiber.Ctx, *fasthttp.RequestCtx.
func isFrameworkContext(t types.Type) bool {
	named := tree.NamedOf(t)
	if named == nil || named.Obj().Pkg() == nil {
		return false
	}
	path, name := named.Obj().Pkg().Path(), named.Obj().Name()
	for _, known := range [][2]string{{"gin-gonic/gin", "Context"}, {"labstack/echo", "Context"}, {"gofiber/fiber", "Ctx"}, {"valyala/fasthttp", "RequestCtx"}} {
		if strings.Contains(path, known[0]) && name == known[1] {
			return true
		}
	}
	return false
}

func servesHTTP(t types.Type) bool {
	object, _, _ := types.LookupFieldOrMethod(t, true, nil, "ServeHTTP")
	fn, ok := object.(*types.Func)
	return ok && isHandlerFunc(fn.Signature())
}

// answersHandler: StripPrefix, middlewares and constructors make handlers; they register none. A router is no answer: chi and gin give one back.
func answersHandler(pkg *tree.Package, call *ast.CallExpr) bool {
	results, ok := pkg.Info.TypeOf(call).(*types.Tuple)
	if ok && results.Len() == 0 {
		return false
	}
	t := pkg.Info.TypeOf(call)
	if ok {
		t = results.At(0).Type()
	}
	return isHandlerValue(t) && !isRouter(t)
}

// requestPattern is what a registration listens to. No methods: all.
type requestPattern struct {
	methods []string
	path    string
	// on is the router, where the pattern stands in a chain of calls on it.
	on ast.Expr
}

// patternsOf finds the pattern among the arguments before the handler, or in gorilla's Path(…).Handler(…) chain: one, or all that a variable can stand for.
// A verb among the arguments is the method. Without a path, "" is one for calls that are named after a verb (groups).
func (b *routeBook) patternsOf(pkg *tree.Package, call *ast.CallExpr, handler ast.Expr) []requestPattern {
	var methods []string
	var found []requestPattern
	for _, arg := range call.Args {
		if arg == handler {
			break
		}
		if !isStringValue(pkg, arg) || len(found) > 0 {
			continue
		}
		for _, text := range b.routers.texts(pkg, arg, 0) {
			verb, path, ok := splitPattern(text)
			switch {
			case isVerb(text):
				methods = append(methods, text)
			case ok && verb != "":
				found = append(found, requestPattern{methods: []string{verb}, path: path})
			case ok || text == "" && verbOfCallee(call) != "":
				found = append(found, requestPattern{methods: methods, path: path})
			}
		}
	}
	if len(found) == 0 {
		return patternInChain(pkg, call)
	}
	return found
}

func isStringValue(pkg *tree.Package, expr ast.Expr) bool {
	t := pkg.Info.TypeOf(expr)
	return t != nil && isString(t)
}

func patternInChain(pkg *tree.Package, call *ast.CallExpr) []requestPattern {
	name := calleeIdent(call)
	if name == nil || name.Name != "Handler" && name.Name != "HandlerFunc" {
		return nil
	}
	var one requestPattern
	for link := receiverCall(call); link != nil; link = receiverCall(link) {
		switch calleeIdent(link).Name {
		case "Path", "PathPrefix":
			if text, ok := constantText(pkg, link.Args[0]); ok && one.on == nil {
				one.path, one.on = text, ast.Unparen(link.Fun).(*ast.SelectorExpr).X
			}
		case "Methods":
			one.methods = constantTexts(pkg, link.Args)
		}
	}
	if one.on == nil {
		return nil
	}
	return []requestPattern{one}
}

// receiverCall is the call whose result the method is called on.
func receiverCall(call *ast.CallExpr) *ast.CallExpr {
	selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	inner, ok := ast.Unparen(selector.X).(*ast.CallExpr)
	if !ok || calleeIdent(inner) == nil || len(inner.Args) == 0 {
		return nil
	}
	return inner
}

func constantTexts(pkg *tree.Package, list []ast.Expr) []string {
	var texts []string
	for _, one := range list {
		if text, ok := constantText(pkg, one); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

func verbOfCallee(call *ast.CallExpr) string {
	if _, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); !ok {
		return ""
	}
	if name := strings.ToUpper(calleeIdent(call).Name); isVerb(name) {
		return name
	}
	return ""
}

// methodsAround reads gorilla's HandleFunc(…).Methods("GET").
func methodsAround(pkg *tree.Package, call *ast.CallExpr, around []ast.Node) []string {
	var inner ast.Node = call
	for _, node := range slices.Backward(around) {
		switch node := node.(type) {
		case *ast.SelectorExpr:
			if node.X != inner {
				return nil
			}
		case *ast.CallExpr:
			if node.Fun != inner {
				return nil
			}
			if calleeIdent(node).Name == "Methods" {
				return constantTexts(pkg, node.Args)
			}
		default:
			return nil
		}
		inner = node
	}
	return nil
}

func routerName(pkg *tree.Package, call *ast.CallExpr) string {
	if selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && pkg.Info.Selections[selector] != nil {
		return tree.Canonical(pkg.Info.TypeOf(selector.X))
	}
	if fn := calleeOf(pkg, call); fn != nil && fn.Pkg() != nil {
		return fn.Pkg().Path() + "." + fn.Name()
	}
	return "unknown"
}

// joinPattern puts a prefix before a pattern, with one slash between.
func joinPattern(prefix, pattern string) string {
	if prefix == "" {
		return pattern
	}
	if pattern == "" || pattern == "/" {
		return strings.TrimSuffix(prefix, "/") + pattern
	}
	return strings.TrimSuffix(prefix, "/") + "/" + strings.TrimPrefix(pattern, "/")
}
