package outline

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/printer"
	"go/token"
	"slices"
	"strings"
	"unicode/utf8"

	"dce/analyzer/tree"
)

// maxLine bounds one declaration, in bytes. Chosen by taste.
const maxLine = 600

// describe makes the texts of a package, and counts the declarations that the focus names.
func describe(fset *token.FileSet, pkg *tree.Package, focus map[string]bool) (one *section, named int) {
	one = &section{pkg: pkg}
	head := fmt.Sprintf("%s (package %s, %s)%s\n", pkg.Dir, pkg.Name, files(len(pkg.Files)), packageDoc(pkg))
	for level := range one.texts {
		one.texts[level] = head
	}
	found := declared(fset, pkg, focus)
	if len(found.names) > 0 {
		one.texts[namesLevel] += "  " + strings.Join(found.names, ", ") + "\n"
		one.texts[wholeLevel] += "  " + strings.Join(found.lines, "\n  ") + "\n"
	}
	one.texts[focusLevel] = one.texts[namesLevel]
	if len(found.named) > 0 {
		one.texts[focusLevel] = head + "  " + strings.Join(found.named, "\n  ") + "\n"
		others := slices.DeleteFunc(slices.Clone(found.names), func(name string) bool { return focus[name] })
		if len(others) > 0 {
			one.texts[focusLevel] += "  and " + strings.Join(others, ", ") + "\n"
		}
	}
	return one, len(found.named)
}

func files(count int) string {
	if count == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", count)
}

func packageDoc(pkg *tree.Package) string {
	for _, file := range pkg.Files {
		if doc := file.Syntax.Doc; doc != nil && strings.TrimSpace(doc.Text()) != "" {
			first, _, _ := strings.Cut(strings.TrimSpace(doc.Text()), "\n")
			return ": " + clip(first)
		}
	}
	return ""
}

// declarations of a package: the exported ones, a line each; their names; and the lines of those that the focus names, exported or not.
type declarations struct {
	lines, names, named []string
}

// declared lists types with their methods behind them, functions, then names of constants and variables.
func declared(fset *token.FileSet, pkg *tree.Package, focus map[string]bool) declarations {
	var found declarations
	kinds := []map[string][]string{{}, {}}
	values := []string{}
	unexported := []string{}
	for _, file := range pkg.Files {
		for _, decl := range file.Syntax.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				switch {
				case decl.Name.IsExported():
					addFunc(fset, decl, kinds, &found.names)
				case focus[decl.Name.Name]:
					unexported = append(unexported, signature(fset, decl))
				}
			case *ast.GenDecl:
				addGroup(fset, decl, kinds[0], &values, &found.names)
			}
		}
	}
	for _, kind := range kinds {
		for _, name := range sortedNames(kind) {
			found.lines = append(found.lines, kind[name]...)
			if focus[name] {
				found.named = append(found.named, kind[name]...)
			}
		}
	}
	slices.Sort(unexported)
	found.named = append(found.named, unexported...)
	slices.Sort(values)
	if len(values) > 0 {
		found.lines = append(found.lines, clip("const, var "+strings.Join(values, ", ")))
	}
	slices.Sort(found.names)
	return found
}

func signature(fset *token.FileSet, decl *ast.FuncDecl) string {
	bare := *decl
	bare.Doc, bare.Body = nil, nil
	return clip(oneLine(fset, &bare))
}

func sortedNames(kind map[string][]string) []string {
	names := make([]string, 0, len(kind))
	for name := range kind {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func addFunc(fset *token.FileSet, decl *ast.FuncDecl, kinds []map[string][]string, names *[]string) {
	line := signature(fset, decl)
	if decl.Recv == nil {
		kinds[1][decl.Name.Name] = append(kinds[1][decl.Name.Name], line)
		*names = append(*names, decl.Name.Name)
		return
	}
	receiver := receiverName(decl.Recv.List[0].Type)
	if !ast.IsExported(receiver) {
		return
	}
	// Behind their type, in the order of the files.
	kinds[0][receiver] = append(kinds[0][receiver], line)
}

func receiverName(expr ast.Expr) string {
	switch expr := expr.(type) {
	case *ast.StarExpr:
		return receiverName(expr.X)
	case *ast.IndexExpr:
		return receiverName(expr.X)
	case *ast.IndexListExpr:
		return receiverName(expr.X)
	case *ast.Ident:
		return expr.Name
	}
	return ""
}

func addGroup(fset *token.FileSet, decl *ast.GenDecl, types map[string][]string, values, names *[]string) {
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() {
				types[spec.Name.Name] = slices.Insert(types[spec.Name.Name], 0, clip("type "+typeLine(fset, spec)))
				*names = append(*names, spec.Name.Name)
			}
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				if name.IsExported() {
					*values = append(*values, name.Name)
				}
			}
		}
	}
}

// typeLine shows of a struct its exported fields.
func typeLine(fset *token.FileSet, spec *ast.TypeSpec) string {
	bare := *spec
	bare.Doc, bare.Comment = nil, nil
	if body, ok := spec.Type.(*ast.StructType); ok {
		bare.Type = &ast.StructType{Struct: body.Struct, Fields: &ast.FieldList{Opening: body.Fields.Opening, List: exportedFields(body), Closing: body.Fields.Closing}}
	}
	return oneLine(fset, &bare)
}

func exportedFields(body *ast.StructType) []*ast.Field {
	var fields []*ast.Field
	for _, field := range body.Fields.List {
		bare := &ast.Field{Type: field.Type}
		for _, name := range field.Names {
			if name.IsExported() {
				bare.Names = append(bare.Names, name)
			}
		}
		if len(bare.Names) > 0 || len(field.Names) == 0 {
			fields = append(fields, bare)
		}
	}
	return fields
}

// oneLine prints syntax without comments, with semicolons for line breaks inside braces.
func oneLine(fset *token.FileSet, node any) string {
	var text bytes.Buffer
	if err := printer.Fprint(&text, fset, node); err != nil {
		return ""
	}
	var parts []string
	for line := range strings.Lines(text.String()) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), "//")
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			parts = append(parts, line)
		}
	}
	joined := strings.Join(parts, "; ")
	for _, seam := range [][2]string{{"{; ", "{ "}, {"(; ", "("}, {",; ", ", "}, {"; }", " }"}, {"; )", ")"}, {", )", ")"}} {
		joined = strings.ReplaceAll(joined, seam[0], seam[1])
	}
	return joined
}

func clip(text string) string {
	if len(text) <= maxLine {
		return text
	}
	size := maxLine
	for !utf8.RuneStart(text[size]) {
		size--
	}
	return text[:size] + "…"
}
