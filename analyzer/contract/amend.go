package contract

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dce/analyzer/tree"
)

// What an amend does with a declaration; the directive says it, or the declaration's kind.
const (
	addFields  = "add-fields"
	addMethods = "add-methods"
	replace    = "replace"
	directive  = "//dce:amend"
)

// target is the file that is amended, as it is after each step.
type target struct {
	path   string
	text   []byte
	fset   *token.FileSet
	syntax *ast.File
}

func (t *target) parse() error {
	t.fset = token.NewFileSet()
	var err error
	t.syntax, err = parser.ParseFile(t.fset, t.path, t.text, parser.ParseComments|parser.SkipObjectResolution)
	return err
}

func (t *target) offset(pos token.Pos) int {
	return t.fset.File(t.syntax.FileStart).Offset(pos)
}

// put replaces the text between two positions, and reads the file again.
func (t *target) put(from, to token.Pos, text string) error {
	start, end := t.offset(from), t.offset(to)
	t.text = slices.Concat(t.text[:start], []byte(text), t.text[end:])
	return t.parse()
}

func (w *workshop) importsOfTarget(path string) []*ast.ImportSpec {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(w.root, filepath.FromSlash(path)), nil, parser.ImportsOnly)
	if err != nil {
		return nil
	}
	return file.Imports
}

// amend makes an amended copy of each file that contracts change, in the order of the contracts.
func (w *workshop) amend(all []*parsed) {
	targets, tasks := map[string]*target{}, map[string][]string{}
	original := map[string][]byte{}
	var order []string
	for _, one := range all {
		aim, ok := targets[one.Path]
		if !ok {
			if aim = w.openTarget(one); aim == nil {
				continue
			}
			targets[one.Path], original[one.Path] = aim, aim.text
			order = append(order, one.Path)
		}
		if aim.syntax.Name.Name != one.syntax.Name.Name {
			w.fault(one.Contract, one.line(one.syntax.Package), "package %s: %s is package %s", one.syntax.Name.Name, one.Path, aim.syntax.Name.Name)
			continue
		}
		if w.apply(one, aim) {
			tasks[one.Path] = append(tasks[one.Path], one.Task)
		}
	}
	for _, path := range order {
		if len(tasks[path]) > 0 && !bytes.Equal(original[path], targets[path].text) {
			slices.Sort(tasks[path])
			w.texts[path] = targets[path].text
			w.files = append(w.files, File{Path: path, Kind: "amend", Tasks: slices.Compact(tasks[path])})
		}
	}
}

func (w *workshop) openTarget(one *parsed) *target {
	abs := filepath.Join(w.root, filepath.FromSlash(one.Path))
	if !tree.Exists(abs) {
		w.fault(one.Contract, 0, "%s does not exist, so nothing in it can be amended; new declarations are of kind declare", one.Path)
		return nil
	}
	text, err := os.ReadFile(abs)
	if err != nil {
		w.fault(one.Contract, 0, "%s cannot be read: %v", one.Path, err)
		return nil
	}
	aim := &target{path: one.Path, text: text}
	if err := aim.parse(); err != nil {
		w.fault(one.Contract, 0, "%s is not Go as it is: %v", one.Path, err)
		return nil
	}
	return aim
}

// apply changes one declaration after the other. It answers false when none could be changed.
func (w *workshop) apply(one *parsed, aim *target) bool {
	before, done := aim.text, false
	var nodes []ast.Node
	for _, decl := range declarations(one.syntax) {
		ok := true
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			ok = w.replaceFunc(one, aim, decl)
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				ok = w.amendSpec(one, aim, decl, spec) && ok
			}
		}
		if ok {
			done = true
			nodes = append(nodes, decl)
		}
	}
	if done && !bytes.Equal(before, aim.text) {
		w.finish(one, aim, before, usedNames(nodes...))
	}
	return done
}

// finish adds the imports that the new parts use, and formats. `before`: the file as it was before this contract.
func (w *workshop) finish(one *parsed, aim *target, before []byte, used map[string]bool) {
	var added []newImport
	for _, spec := range one.imports {
		if !used[spec.name] || spec.path == "" || w.hasImport(one, aim, spec) {
			continue
		}
		name := ""
		if spec.explicit || spec.name != w.names.of(spec.path) {
			name = spec.name
		}
		added = append(added, newImport{name: name, path: spec.path})
	}
	text, err := aim.formatted(before, added)
	if err != nil {
		w.fault(one.Contract, 0, "%s cannot be printed after the change: %v", aim.path, err)
		return
	}
	aim.text = text
	if err := aim.parse(); err != nil {
		w.fault(one.Contract, 0, "%s is not Go after the change: %v", aim.path, err)
	}
}

// hasImport: the file has the import under that name, or the name means something else there, which is a fault.
func (w *workshop) hasImport(one *parsed, aim *target, wanted importName) bool {
	for _, spec := range aim.syntax.Imports {
		path := importPath(spec)
		local := w.names.of(path)
		if spec.Name != nil {
			local = spec.Name.Name
		}
		if local != wanted.name {
			continue
		}
		if path != wanted.path {
			w.fault(one.Contract, 0, "%s stands for %q in %s: import %q under another name", local, path, aim.path, wanted.path)
		}
		return true
	}
	return false
}

// actionOf reads the directive above a declaration.
func actionOf(doc *ast.CommentGroup, spec ast.Spec) string {
	if doc != nil {
		for _, comment := range doc.List {
			if rest, ok := strings.CutPrefix(comment.Text, directive); ok {
				return strings.TrimSpace(rest)
			}
		}
	}
	if spec, ok := spec.(*ast.TypeSpec); ok {
		switch spec.Type.(type) {
		case *ast.StructType:
			return addFields
		case *ast.InterfaceType:
			return addMethods
		}
	}
	return replace
}

// withoutDirective is the doc comment that the declaration gets, if one is written beside the directive.
func withoutDirective(one *parsed, doc *ast.CommentGroup) string {
	if doc == nil {
		return ""
	}
	var lines []string
	for _, comment := range doc.List {
		if !strings.HasPrefix(comment.Text, directive) {
			lines = append(lines, comment.Text)
		}
	}
	return strings.Join(lines, "\n")
}
