package contract

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"dce/analyzer/tree"
)

// piece is one declaration of a contract, ready to be printed.
type piece struct {
	of      *parsed
	text    string
	node    ast.Node
	symbols []string
	line    int
}

// declare makes one file per path of all that its contracts declare and the tree does not have.
func (w *workshop) declare(all []*parsed) {
	owners := map[string]piece{}
	byPath := map[string][]*parsed{}
	var order []string
	clauses := map[string]*parsed{}
	for _, one := range all {
		if !w.fitsFolder(one, clauses) {
			continue
		}
		if byPath[one.Path] == nil {
			order = append(order, one.Path)
		}
		byPath[one.Path] = append(byPath[one.Path], one)
	}
	for _, file := range order {
		var pieces []piece
		for _, one := range byPath[file] {
			pieces = append(pieces, w.piecesOf(one, owners)...)
		}
		if len(pieces) > 0 {
			w.addDeclared(file, byPath[file], pieces)
		}
	}
}

// fitsFolder: one folder holds one package, in the tree and among the contracts.
func (w *workshop) fitsFolder(one *parsed, clauses map[string]*parsed) bool {
	name, dir := one.syntax.Name.Name, slashDir(one.Path)
	if other, ok := w.scopeOf(dir).fits(one.Path, name); !ok {
		w.fault(one.Contract, one.line(one.syntax.Package), "package %s: the files of %s are package %s", name, dir, other)
		return false
	}
	if isExternalTest(one.Path, name) {
		return true
	}
	if first, ok := clauses[dir]; ok && first.syntax.Name.Name != name {
		w.fault(one.Contract, one.line(one.syntax.Package), "package %s: the contract of %s for %s says package %s", name, first.Task, first.Path, first.syntax.Name.Name)
		return false
	}
	clauses[dir] = cmp.Or(clauses[dir], one)
	return true
}

// piecesOf leaves out what the tree has, and what another contract declared before.
func (w *workshop) piecesOf(one *parsed, owners map[string]piece) []piece {
	var pieces []piece
	known := w.scopeOf(slashDir(one.Path)).symbols[space(one.Path, one.syntax.Name.Name)]
	for _, decl := range declarations(one.syntax) {
		for _, candidate := range one.split(decl) {
			fresh := slices.DeleteFunc(slices.Clone(candidate.symbols), func(symbol string) bool {
				at, there := known[symbol]
				if there && symbol != "_" && symbol != "init" {
					w.dropped = append(w.dropped, Dropped{Task: one.Task, Path: one.Path, Symbol: symbol, File: at.file, Line: at.line})
				}
				return there && symbol != "_" && symbol != "init"
			})
			if len(fresh) == 0 || w.isTaken(candidate, fresh, owners) {
				continue
			}
			candidate.text = one.print(decl, candidate, fresh)
			pieces = append(pieces, candidate)
		}
	}
	return pieces
}

// isTaken: the same declaration twice is one; two different ones are a fault.
func (w *workshop) isTaken(one piece, symbols []string, owners map[string]piece) bool {
	taken := false
	for _, symbol := range symbols {
		key := slashDir(one.of.Path) + "\n" + space(one.of.Path, one.of.syntax.Name.Name) + "\n" + symbol
		other, ok := owners[key]
		if !ok || symbol == "_" || symbol == "init" {
			owners[key] = one
			continue
		}
		taken = true
		if squeeze(other.text) != squeeze(one.text) {
			w.fault(one.of.Contract, one.line, "%s is declared by %s too, in its contract for %s, and differently", symbol, other.of.Task, other.of.Path)
		}
	}
	return taken
}

func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }

// split takes groups of types apart; constants stay together because of iota.
func (p *parsed) split(decl ast.Decl) []piece {
	group, ok := decl.(*ast.GenDecl)
	if !ok || group.Tok != token.TYPE {
		return []piece{{of: p, node: decl, symbols: symbolsOf(decl), line: p.line(decl.Pos()), text: p.text(decl.Pos(), decl.End())}}
	}
	var pieces []piece
	for _, spec := range group.Specs {
		pieces = append(pieces, piece{of: p, node: spec, symbols: specNames(spec), line: p.line(spec.Pos()), text: p.text(spec.Pos(), spec.End())})
	}
	return pieces
}

// print gives a function its body, and takes names that the tree has out of a group without moving the others.
func (p *parsed) print(decl ast.Decl, one piece, fresh []string) string {
	text := docOf(p, decl)
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		text += one.text
		if decl.Body == nil {
			text += fmt.Sprintf(" {\n\tpanic(%s)\n}", strconv.Quote(Panic+p.Task))
		}
	case *ast.GenDecl:
		if decl.Tok == token.TYPE {
			return text + "type " + one.text
		}
		if len(fresh) < len(one.symbols) {
			return text + p.blanked(decl, fresh)
		}
		text += one.text
	}
	return text
}

// Panic begins the text of a contract's bodies; the task follows. A test that panics with it waits for that task.
const Panic = "dce: contract of "

func docOf(p *parsed, decl ast.Decl) string {
	var doc *ast.CommentGroup
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		doc = decl.Doc
	case *ast.GenDecl:
		doc = decl.Doc
	}
	if doc == nil {
		return ""
	}
	return p.text(doc.Pos(), doc.End()) + "\n"
}

func (p *parsed) blanked(group *ast.GenDecl, fresh []string) string {
	var text strings.Builder
	from := group.Pos()
	for _, spec := range group.Specs {
		for _, name := range spec.(*ast.ValueSpec).Names {
			if !slices.Contains(fresh, name.Name) {
				text.WriteString(p.text(from, name.Pos()) + "_")
				from = name.End()
			}
		}
	}
	return text.String() + p.text(from, group.End())
}

// addDeclared puts the pieces into the file itself, or beside it when it exists.
func (w *workshop) addDeclared(file string, from []*parsed, pieces []piece) {
	var text bytes.Buffer
	if header := headerOf(from[0]); header != "" {
		text.WriteString(header + "\n\n")
	}
	fmt.Fprintf(&text, "package %s\n\n", from[0].syntax.Name.Name)
	text.WriteString(w.importBlock(w.mergedImports(from, pieces)))
	for _, one := range pieces {
		text.WriteString("\n" + one.text + "\n")
	}
	formatted, err := format.Source(text.Bytes())
	if err != nil {
		w.fault(from[0].Contract, 0, "the contracts of %s make no Go file together: %v", file, err)
		return
	}
	var tasks []string
	for _, one := range pieces {
		tasks = append(tasks, one.of.Task)
	}
	slices.Sort(tasks)
	target := file
	if tree.Exists(filepath.Join(w.root, filepath.FromSlash(file))) && !slices.Contains(w.request.StandIns, file) {
		target = path.Join(path.Dir(file), "zz_dce_"+path.Base(file))
	}
	w.texts[target] = formatted
	w.files = append(w.files, File{Path: target, Kind: "declare", Tasks: slices.Compact(tasks)})
}

// importBlock is the import declaration: the standard library first.
func (w *workshop) importBlock(imports []importName) string {
	var std, other []string
	for _, one := range imports {
		line := strconv.Quote(one.path)
		if one.explicit || one.name != w.names.of(one.path) {
			line = one.name + " " + line
		}
		if first, _, _ := strings.Cut(one.path, "/"); strings.Contains(first, ".") {
			other = append(other, line)
		} else {
			std = append(std, line)
		}
	}
	if len(std)+len(other) == 0 {
		return ""
	}
	return "import (\n" + strings.Join(std, "\n") + "\n\n" + strings.Join(other, "\n") + "\n)\n"
}

// headerOf keeps build constraints.
func headerOf(one *parsed) string {
	for _, group := range one.syntax.Comments {
		for _, comment := range group.List {
			if comment.Pos() < one.syntax.Package && strings.HasPrefix(comment.Text, "//go:build ") {
				return comment.Text
			}
		}
	}
	return ""
}

// mergedImports are the imports that the pieces use. One name for two paths is a fault.
func (w *workshop) mergedImports(from []*parsed, pieces []piece) []importName {
	byName := map[string]importName{}
	for _, one := range from {
		used := map[string]bool{}
		for _, piece := range pieces {
			if piece.of == one {
				for name := range usedNames(piece.node) {
					used[name] = true
				}
			}
		}
		for _, spec := range one.imports {
			if !used[spec.name] && spec.name != "_" && spec.name != "." || spec.path == "" {
				continue
			}
			if other, ok := byName[spec.name]; ok && other.path != spec.path && spec.name != "_" && spec.name != "." {
				w.fault(one.Contract, 0, "%s stands for %q here and for %q in another contract of this file", spec.name, spec.path, other.path)
				continue
			}
			byName[spec.name] = spec
		}
	}
	var merged []importName
	for _, name := range sortedKeys(byName) {
		merged = append(merged, byName[name])
	}
	return merged
}
