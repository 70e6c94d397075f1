package contract

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// scope is what a folder of the tree declares already, by its syntax. Files that build constraints leave out do not count.
type scope struct {
	// packages are the names of the package clauses, without external tests'.
	packages map[string]string
	// symbols of the package, and of its external test package under "_test".
	symbols map[string]map[string]standing
	// imports are what the folder's files call other packages: name to path; "" where they differ.
	imports map[string]string
}

type standing struct {
	file string
	line int
}

func (w *workshop) scopeOf(dir string) *scope {
	if known, ok := w.scopes[dir]; ok {
		return known
	}
	s := &scope{packages: map[string]string{}, symbols: map[string]map[string]standing{}, imports: map[string]string{}}
	w.scopes[dir] = s
	folder := filepath.Join(w.root, filepath.FromSlash(dir))
	entries, err := os.ReadDir(folder)
	if err != nil {
		return s // the folder comes with the contract
	}
	how := build.Default
	how.BuildTags = w.request.Tags
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || entry.IsDir() {
			continue
		}
		if slices.Contains(w.request.StandIns, path.Join(dir, entry.Name())) {
			continue
		}
		if match, err := how.MatchFile(folder, entry.Name()); err == nil && !match {
			continue
		}
		s.read(filepath.Join(folder, entry.Name()), path.Join(dir, entry.Name()))
	}
	return s
}

func (s *scope) read(abs, file string) {
	fset := token.NewFileSet()
	syntax, _ := parser.ParseFile(fset, abs, nil, parser.SkipObjectResolution)
	if syntax == nil {
		return
	}
	name := syntax.Name.Name
	if !isExternalTest(file, name) {
		s.packages[name] = file
	}
	for _, decl := range syntax.Decls {
		for _, symbol := range symbolsOf(decl) {
			s.add(space(file, name), symbol, standing{file, fset.Position(decl.Pos()).Line})
		}
	}
	for _, spec := range syntax.Imports {
		path := strings.Trim(spec.Path.Value, "\"`")
		local := guessName(path)
		if spec.Name != nil {
			local = spec.Name.Name
		}
		if known, ok := s.imports[local]; ok && known != path {
			path = ""
		}
		s.imports[local] = path
	}
}

func (s *scope) add(space, symbol string, at standing) {
	if s.symbols[space] == nil {
		s.symbols[space] = map[string]standing{}
	}
	s.symbols[space][symbol] = at
}

func isExternalTest(file, name string) bool {
	return strings.HasSuffix(file, "_test.go") && strings.HasSuffix(name, "_test")
}

// space keeps a package apart from its external test package.
func space(file, name string) string {
	if isExternalTest(file, name) {
		return "_test"
	}
	return ""
}

// fits tells whether the package clause is that of the folder.
func (s *scope) fits(file, name string) (other string, ok bool) {
	if isExternalTest(file, name) || len(s.packages) == 0 {
		return "", true
	}
	if _, ok := s.packages[name]; ok {
		return "", true
	}
	var names []string
	for one := range s.packages {
		names = append(names, one)
	}
	slices.Sort(names)
	return names[0], false
}

// usedNames are the names before a dot: packages among them.
func usedNames(nodes ...ast.Node) map[string]bool {
	used := map[string]bool{}
	for _, node := range nodes {
		ast.Inspect(node, func(part ast.Node) bool {
			if selector, ok := part.(*ast.SelectorExpr); ok {
				if base, ok := selector.X.(*ast.Ident); ok {
					used[base.Name] = true
				}
			}
			return true
		})
	}
	return used
}
