package contract

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/token"
	"slices"

	"golang.org/x/tools/go/ast/astutil"
)

// newImport is an import that a file gets; name is empty where the package's own serves.
type newImport struct {
	name, path string
}

// formatted is the file with these imports as gofmt has it: the whole where it was so before, else what differs from before.
// A file that nobody had formatted keeps its lines: whoever reads the change reads what was changed.
func (t *target) formatted(before []byte, added []newImport) ([]byte, error) {
	if neat, err := format.Source(before); err == nil && bytes.Equal(neat, before) {
		return t.print(added)
	}
	old := &target{path: t.path, text: before}
	if err := old.parse(); err != nil || len(old.syntax.Decls) != len(t.syntax.Decls) {
		return t.print(added)
	}
	text := t.text
	// From the end, so that the offsets of what comes before stay true.
	for i, decl := range slices.Backward(t.syntax.Decls) {
		from, to := t.span(decl)
		oldFrom, oldTo := old.span(old.syntax.Decls[i])
		if bytes.Equal(text[from:to], before[oldFrom:oldTo]) {
			continue
		}
		neat, err := format.Source(text[from:to])
		if err != nil {
			return nil, err
		}
		text = slices.Concat(text[:from], neat, text[to:])
	}
	if len(added) == 0 {
		return text, nil
	}
	end := t.endOfImports()
	head := &target{path: t.path, text: text[:end]}
	if err := head.parse(); err != nil {
		return t.print(added) // the last import shares its line with other code
	}
	neat, err := head.print(added)
	return slices.Concat(bytes.TrimRight(neat, "\n"), text[end:]), err
}

// print is the whole file with these imports, formatted.
func (t *target) print(added []newImport) ([]byte, error) {
	for _, one := range added {
		astutil.AddNamedImport(t.fset, t.syntax, one.name, one.path)
	}
	var text bytes.Buffer
	err := format.Node(&text, t.fset, t.syntax)
	return text.Bytes(), err
}

// span is where a declaration begins, with its comment, and ends.
func (t *target) span(decl ast.Decl) (from, to int) {
	begin := decl.Pos()
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if decl.Doc != nil {
			begin = decl.Doc.Pos()
		}
	case *ast.GenDecl:
		if decl.Doc != nil {
			begin = decl.Doc.Pos()
		}
	}
	return t.offset(begin), t.offset(decl.End())
}

// endOfImports is the end of the line with the last import, or with the package's name.
func (t *target) endOfImports() int {
	end := t.offset(t.syntax.Name.End())
	for _, decl := range t.syntax.Decls {
		if group, ok := decl.(*ast.GenDecl); ok && group.Tok == token.IMPORT {
			end = max(end, t.offset(group.End()))
		}
	}
	if rest := bytes.IndexByte(t.text[end:], '\n'); rest >= 0 {
		return end + rest
	}
	return len(t.text)
}
