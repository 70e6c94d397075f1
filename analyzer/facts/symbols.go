package facts

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"dce/analyzer/tree"
)

// Symbol is a package-level declaration or a method.
type Symbol struct {
	tree.Name
	Kind string `json:"kind"`
	Place
	EndLine   int    `json:"endLine"`
	Exported  bool   `json:"exported"`
	Test      bool   `json:"test"`
	Signature string `json:"signature"`
	Doc       string `json:"doc"`
	Stub      *Stub  `json:"stub,omitempty"`
}

func collectSymbols(t *tree.Tree) []Symbol {
	symbols := []Symbol{}
	t.RootFiles(func(pkg *tree.Package, file *tree.File) {
		if pkg.Matched {
			symbols = append(symbols, symbolsOf(t, pkg, file)...)
		}
	})
	slices.SortStableFunc(symbols, func(a, b Symbol) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), comparePlaces(a.Place, b.Place), compareNames(a.Name, b.Name))
	})
	return symbols
}

func symbolsOf(t *tree.Tree, pkg *tree.Package, file *tree.File) []Symbol {
	var symbols []Symbol
	for _, decl := range file.Syntax.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Name.Name == "_" || decl.Name.Name == "init" && decl.Recv == nil {
				continue
			}
			one := newSymbol(t, pkg, file, decl.Name, decl, decl.Doc)
			one.Kind = "func"
			if decl.Recv != nil {
				one.Kind, one.Receiver = "method", receiverName(decl)
			}
			one.Stub = stubOf(file.Syntax, decl)
			symbols = append(symbols, one)
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				symbols = append(symbols, specSymbols(t, pkg, file, decl, spec)...)
			}
		}
	}
	return symbols
}

func specSymbols(t *tree.Tree, pkg *tree.Package, file *tree.File, decl *ast.GenDecl, spec ast.Spec) []Symbol {
	var symbols []Symbol
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		one := newSymbol(t, pkg, file, spec.Name, spec, firstDoc(spec.Doc, decl.Doc))
		one.Kind = typeKind(spec)
		symbols = append(symbols, one)
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			one := newSymbol(t, pkg, file, name, spec, firstDoc(spec.Doc, decl.Doc))
			one.Kind = "var"
			if decl.Tok == token.CONST {
				one.Kind = "const"
			}
			symbols = append(symbols, one)
		}
	}
	return slices.DeleteFunc(symbols, func(one Symbol) bool { return one.Name.Name == "_" })
}

func newSymbol(t *tree.Tree, pkg *tree.Package, file *tree.File, name *ast.Ident, node ast.Node, doc *ast.CommentGroup) Symbol {
	one := Symbol{
		Name:  tree.Name{Package: pkg.Path, Name: name.Name},
		Place: Place{File: file.Path, Line: t.Line(name.Pos())}, EndLine: t.Line(node.End()), Exported: name.IsExported(), Test: file.Test,
	}
	if object := pkg.Info.Defs[name]; object != nil && object.Type() != nil {
		one.Signature = tree.CanonicalObject(object)
	}
	if doc != nil {
		one.Doc, _, _ = strings.Cut(doc.Text(), "\n")
	}
	return one
}

func firstDoc(own, group *ast.CommentGroup) *ast.CommentGroup {
	if own != nil {
		return own
	}
	return group
}

func typeKind(spec *ast.TypeSpec) string {
	switch spec.Type.(type) {
	case *ast.StructType:
		return "struct"
	case *ast.InterfaceType:
		return "interface"
	}
	return "type"
}

// receiverName is the bare type of a method's receiver, by its syntax.
func receiverName(decl *ast.FuncDecl) string {
	if decl.Recv == nil || len(decl.Recv.List) == 0 {
		return ""
	}
	expr := decl.Recv.List[0].Type
	for {
		switch inner := expr.(type) {
		case *ast.StarExpr:
			expr = inner.X
		case *ast.ParenExpr:
			expr = inner.X
		case *ast.IndexExpr:
			expr = inner.X
		case *ast.IndexListExpr:
			expr = inner.X
		case *ast.Ident:
			return inner.Name
		default:
			return ""
		}
	}
}

// isHandlerFunc tells func(http.ResponseWriter, *http.Request).
func isHandlerFunc(t types.Type) bool {
	signature, ok := t.Underlying().(*types.Signature)
	if !ok || signature.Params().Len() != 2 || signature.Results().Len() != 0 {
		return false
	}
	return isNamed(signature.Params().At(0).Type(), "net/http", "ResponseWriter") && isNamed(signature.Params().At(1).Type(), "net/http", "Request")
}

func isNamed(t types.Type, pkg, name string) bool {
	named := tree.NamedOf(t)
	return named != nil && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == pkg && named.Obj().Name() == name
}
