package contract

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"path"
	"strings"
)

// parsed is a contract that is Go.
type parsed struct {
	Contract
	fset   *token.FileSet
	syntax *ast.File
	// imports are what the contract calls other packages, after autoImports had its say.
	imports []importName
}

// importName is an import with the name that the text uses it by.
type importName struct {
	path, name string
	// explicit: the name was written.
	explicit bool
}

func (p *parsed) line(pos token.Pos) int {
	return p.fset.Position(pos).Line
}

func (p *parsed) slice(node ast.Node) string {
	return p.text(node.Pos(), node.End())
}

func (p *parsed) text(from, to token.Pos) string {
	file := p.fset.File(p.syntax.FileStart)
	return p.Source[file.Offset(from):file.Offset(to)]
}

// parse answers nil for a contract that cannot be used; the faults say why.
func (w *workshop) parse(c Contract) *parsed {
	if c.Kind != "declare" && c.Kind != "amend" {
		w.fault(c, 0, `kind is "declare" or "amend", not %q`, c.Kind)
		return nil
	}
	if !strings.HasSuffix(c.Path, ".go") || path.Clean(c.Path) != c.Path || strings.HasPrefix(c.Path, "/") || strings.HasPrefix(c.Path, "../") {
		w.fault(c, 0, "path must be a Go file inside the repository, relative to its root, found %q", c.Path)
		return nil
	}
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, c.Path, c.Source, parser.ParseComments|parser.SkipObjectResolution)
	if list, ok := err.(scanner.ErrorList); ok && len(list) > 0 {
		w.fault(c, list[0].Pos.Line, "the text is not Go: %s", list[0].Msg)
		return nil
	} else if err != nil {
		w.fault(c, 0, "the text is not Go: %v", err)
		return nil
	}
	if len(declarations(syntax)) == 0 {
		w.fault(c, 0, "the contract declares nothing")
		return nil
	}
	return &parsed{Contract: c, fset: fset, syntax: syntax}
}

// declarations are all but imports.
func declarations(file *ast.File) []ast.Decl {
	var decls []ast.Decl
	for _, decl := range file.Decls {
		if group, ok := decl.(*ast.GenDecl); ok && group.Tok == token.IMPORT {
			continue
		}
		decls = append(decls, decl)
	}
	return decls
}

// symbolsOf are the names that a declaration adds to its package: Rate, NewRate, (*Rate).Charge without the star: Rate.Charge.
func symbolsOf(decl ast.Decl) []string {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		return []string{funcSymbol(decl)}
	case *ast.GenDecl:
		var names []string
		for _, spec := range decl.Specs {
			names = append(names, specNames(spec)...)
		}
		return names
	}
	return nil
}

func funcSymbol(decl *ast.FuncDecl) string {
	if decl.Recv == nil || len(decl.Recv.List) == 0 {
		return decl.Name.Name
	}
	return baseName(decl.Recv.List[0].Type) + "." + decl.Name.Name
}

func specNames(spec ast.Spec) []string {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		return []string{spec.Name.Name}
	case *ast.ValueSpec:
		var names []string
		for _, name := range spec.Names {
			names = append(names, name.Name)
		}
		return names
	}
	return nil
}

// baseName is the name of a type behind pointers, type arguments and qualifiers.
func baseName(expr ast.Expr) string {
	switch expr := expr.(type) {
	case *ast.StarExpr:
		return baseName(expr.X)
	case *ast.ParenExpr:
		return baseName(expr.X)
	case *ast.IndexExpr:
		return baseName(expr.X)
	case *ast.IndexListExpr:
		return baseName(expr.X)
	case *ast.SelectorExpr:
		return expr.Sel.Name
	case *ast.Ident:
		return expr.Name
	}
	return ""
}
