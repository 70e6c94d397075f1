package contract

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"

	"dce/analyzer/tree"
)

// qualifiers find the import behind a name that somebody uses without importing it.
type qualifiers struct {
	// ofPackage is what the files of each package call others; ofTree what any file does, "" where files differ.
	ofPackage map[string]map[string]string
	ofTree    map[string]string
	// byName are the tree's own packages by their names; "" where two share one.
	byName map[string]string
}

func newQualifiers(t *tree.Tree) *qualifiers {
	q := &qualifiers{ofPackage: map[string]map[string]string{}, ofTree: map[string]string{}, byName: map[string]string{}}
	for _, pkg := range t.Packages {
		note(q.byName, pkg.Name, pkg.Path)
		q.ofPackage[pkg.Path] = map[string]string{}
		for _, file := range pkg.Files {
			for _, spec := range file.Syntax.Imports {
				path := importPath(spec)
				name := guessName(path)
				if spec.Name != nil {
					name = spec.Name.Name
				}
				note(q.ofPackage[pkg.Path], name, path)
				note(q.ofTree, name, path)
			}
		}
	}
	return q
}

func note(names map[string]string, name, path string) {
	if known, ok := names[name]; ok && known != path {
		path = ""
	}
	names[name] = path
}

func (q *qualifiers) pathOf(pkg, name string) string {
	for _, path := range []string{q.ofPackage[pkg][name], q.ofTree[name], q.byName[name], commonImports[name]} {
		if path != "" && path != pkg {
			return path
		}
	}
	return ""
}

// importsFor are import lines for the names that a text uses before a dot, as far as they can be told.
func (q *qualifiers) importsFor(pkg *tree.Package, nodes ...ast.Node) string {
	declared := map[string]bool{}
	for _, file := range pkg.Files {
		for _, decl := range file.Syntax.Decls {
			for _, symbol := range symbolsOf(decl) {
				declared[symbol] = true
			}
		}
	}
	var lines strings.Builder
	for _, name := range sortedKeys(usedNames(nodes...)) {
		if path := q.pathOf(pkg.Path, name); path != "" && !declared[name] {
			lines.WriteString("import " + name + " \"" + path + "\"\n")
		}
	}
	return lines.String()
}

// findPackage takes an import path, or a folder relative to the root.
func findPackage(t *tree.Tree, name string) *tree.Package {
	for _, pkg := range t.Packages {
		if pkg.Path == name || pkg.Dir == strings.TrimSuffix(strings.TrimPrefix(name, "./"), "/") || name == "" && pkg.Dir == "." {
			return pkg
		}
	}
	return nil
}

func parseText(text string) (*ast.File, error) {
	return parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
}
