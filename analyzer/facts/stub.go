package facts

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"

	"dce/analyzer/contract"
)

// Stub says why a body counts as one; see src/go-facts.ts.
type Stub struct {
	Reason string `json:"reason"`
	Text   string `json:"text"`
}

// unfinished are the words by which a text says that nothing is there.
var unfinished = []string{"not implemented", "unimplemented", "not yet implemented", "todo", "placeholder", "stub"}

// stubOf looks at the syntax of the body alone.
func stubOf(file *ast.File, decl *ast.FuncDecl) *Stub {
	if decl.Body == nil {
		return nil
	}
	statements := withoutBlanks(decl.Body.List)
	if len(statements) == 0 {
		return todoOnly(file, decl)
	}
	last := statements[len(statements)-1]
	if len(statements) == 1 {
		if call := panicCall(last); call != nil {
			return panicStub(call)
		}
	}
	if text := status501(statements); text != "" {
		return &Stub{Reason: "status-501", Text: text}
	}
	if result, ok := last.(*ast.ReturnStmt); ok && len(statements) == 1 {
		if text := unfinishedError(result); text != "" {
			return &Stub{Reason: "not-implemented", Text: text}
		}
		if zeroResults(result) {
			return todoOnly(file, decl)
		}
	}
	return nil
}

// withoutBlanks leaves out `_ = x`, which only silences the compiler.
func withoutBlanks(list []ast.Stmt) []ast.Stmt {
	var kept []ast.Stmt
	for _, one := range list {
		if assign, ok := one.(*ast.AssignStmt); ok && assign.Tok == token.ASSIGN && allBlank(assign.Lhs) && noCalls(assign.Rhs) {
			continue
		}
		if _, ok := one.(*ast.EmptyStmt); ok {
			continue
		}
		kept = append(kept, one)
	}
	return kept
}

func allBlank(list []ast.Expr) bool {
	for _, one := range list {
		if name, ok := one.(*ast.Ident); !ok || name.Name != "_" {
			return false
		}
	}
	return true
}

func noCalls(list []ast.Expr) bool {
	for _, one := range list {
		if _, ok := one.(*ast.CallExpr); ok {
			return false
		}
	}
	return true
}

func panicCall(statement ast.Stmt) *ast.CallExpr {
	expr, ok := statement.(*ast.ExprStmt)
	if !ok {
		return nil
	}
	call, ok := expr.X.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return nil
	}
	if name, ok := call.Fun.(*ast.Ident); !ok || name.Name != "panic" {
		return nil
	}
	return call
}

// panicStub: a panic that hands a value on is no stub; one that only says a text is.
func panicStub(call *ast.CallExpr) *Stub {
	text, ok := textOf(call.Args[0])
	if !ok {
		return nil
	}
	if strings.HasPrefix(text, contract.Panic) {
		return &Stub{Reason: "contract", Text: text}
	}
	return &Stub{Reason: "panics", Text: text}
}

// textOf is the string behind a literal, errors.New, fmt.Errorf or fmt.Sprintf.
func textOf(expr ast.Expr) (string, bool) {
	switch expr := expr.(type) {
	case *ast.BasicLit:
		if expr.Kind == token.STRING {
			text, err := strconv.Unquote(expr.Value)
			return text, err == nil
		}
	case *ast.CallExpr:
		if isTextCall(expr) && len(expr.Args) > 0 {
			return textOf(expr.Args[0])
		}
	case *ast.BinaryExpr:
		return textOf(expr.X)
	}
	return "", false
}

func isTextCall(call *ast.CallExpr) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	switch selector.Sel.Name {
	case "New", "Errorf", "Sprintf", "Sprint", "Error":
		return true
	}
	return strings.HasPrefix(selector.Sel.Name, "New") && strings.HasSuffix(selector.Sel.Name, "Error")
}

func saysUnfinished(text string) bool {
	text = strings.ToLower(text)
	for _, words := range unfinished {
		if hasWords(text, words) {
			return true
		}
	}
	return false
}

// unfinishedError is the text of a returned error that says that nothing is there, or the name of such an error.
func unfinishedError(result *ast.ReturnStmt) string {
	if len(result.Results) == 0 {
		return ""
	}
	last := result.Results[len(result.Results)-1]
	if text, ok := textOf(last); ok && saysUnfinished(text) {
		return text
	}
	name := ""
	switch last := last.(type) {
	case *ast.Ident:
		name = last.Name
	case *ast.SelectorExpr:
		name = last.Sel.Name
	}
	if strings.Contains(name, "NotImplemented") || strings.Contains(name, "Unimplemented") {
		return name
	}
	return ""
}

// status501: every statement speaks to the response, and one of them says 501.
func status501(statements []ast.Stmt) string {
	found := ""
	for _, one := range statements {
		if _, ok := one.(*ast.ReturnStmt); ok {
			continue
		}
		expr, ok := one.(*ast.ExprStmt)
		if !ok {
			return ""
		}
		ast.Inspect(expr, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.SelectorExpr:
				if node.Sel.Name == "StatusNotImplemented" {
					found = "http.StatusNotImplemented"
				}
			case *ast.BasicLit:
				if node.Value == "501" {
					found = "501"
				}
			}
			return true
		})
	}
	return found
}

func zeroResults(result *ast.ReturnStmt) bool {
	for _, one := range result.Results {
		switch one := one.(type) {
		case *ast.Ident:
			if one.Name != "nil" && one.Name != "false" {
				return false
			}
		case *ast.BasicLit:
			if one.Value != "0" && one.Value != `""` {
				return false
			}
		case *ast.CompositeLit:
			if len(one.Elts) > 0 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// todoOnly: nothing is done, and a comment inside says that it should be.
func todoOnly(file *ast.File, decl *ast.FuncDecl) *Stub {
	for _, group := range file.Comments {
		if group.Pos() < decl.Body.Pos() || group.End() > decl.Body.End() {
			continue
		}
		for _, comment := range group.List {
			if _, ok := markerKind(comment.Text); ok {
				return &Stub{Reason: "todo-only", Text: plainComment(comment.Text)}
			}
		}
	}
	return nil
}
