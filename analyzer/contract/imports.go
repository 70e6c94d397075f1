package contract

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"dce/analyzer/tree"
)

// packageNames knows what the packages behind import paths call themselves, and which paths nothing provides.
type packageNames struct {
	names    map[string]string
	troubles map[string]string
}

func (n *packageNames) of(importPath string) string {
	if name := n.names[importPath]; name != "" {
		return name
	}
	return guessName(importPath)
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// guessName is what a package is usually called: its path's last part, without a major version, "go-" or ".go".
func guessName(importPath string) string {
	name := path.Base(importPath)
	if majorVersion.MatchString(name) && path.Dir(importPath) != "." {
		name = path.Base(path.Dir(importPath))
	}
	if index := strings.LastIndex(name, ".v"); index > 0 {
		name = name[:index]
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "go-"), ".go")
	return strings.ReplaceAll(name, "-", "_")
}

// lookUpNames asks go for the names behind all imports, once. Packages that only contracts declare are known from those.
func (w *workshop) lookUpNames(ctx context.Context, all []*parsed) (*packageNames, error) {
	paths := map[string]bool{}
	for _, one := range all {
		for _, spec := range one.syntax.Imports {
			paths[importPath(spec)] = true
		}
		if one.Kind == "amend" {
			for _, spec := range w.importsOfTarget(one.Path) {
				paths[importPath(spec)] = true
			}
		}
	}
	found := &packageNames{names: map[string]string{}, troubles: map[string]string{}}
	modules, names, err := tree.PackageNames(ctx, w.request.Dir, w.request.Tags, sortedKeys(paths))
	if err != nil {
		return nil, err
	}
	w.modules = modules
	for _, one := range names {
		found.names[one.ImportPath] = one.Name
		found.troubles[one.ImportPath] = one.Trouble
	}
	for _, one := range all {
		if one.Kind != "declare" || isExternalTest(one.Path, one.syntax.Name.Name) {
			continue
		}
		if path := importPathOf(w.root, modules, slashDir(one.Path)); path != "" {
			found.names[path] = one.syntax.Name.Name
			delete(found.troubles, path)
		}
	}
	return found, nil
}

// importPathOf is the import path of a folder of the tree; "" outside the modules.
func importPathOf(root string, modules []*tree.Module, dir string) string {
	best := ""
	abs := filepath.Join(root, filepath.FromSlash(dir))
	nearest := 0
	for _, module := range modules {
		if rel, err := filepath.Rel(module.Dir, abs); err == nil && filepath.IsLocal(rel) && len(module.Dir) >= nearest {
			best, nearest = path.Join(module.Path, filepath.ToSlash(rel)), len(module.Dir)
		}
	}
	return best
}

// dirsOf are the folders of the tree that the text of a file needs: its own, and those of the modules' packages that it imports.
func (w *workshop) dirsOf(file File) []string {
	dirs := []string{slashDir(file.Path)}
	syntax, err := parser.ParseFile(token.NewFileSet(), file.Path, w.texts[file.Path], parser.ImportsOnly)
	if err != nil {
		return dirs // a fault says so
	}
	for _, spec := range syntax.Imports {
		if dir, ok := w.dirOf(importPath(spec)); ok {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// dirOf is the folder of a package of the tree's modules, whether it exists or not.
func (w *workshop) dirOf(imported string) (string, bool) {
	nearest, found := "", ""
	for _, module := range w.modules {
		rest, inside := strings.CutPrefix(imported+"/", module.Path+"/")
		if !inside || len(module.Path) < len(nearest) {
			continue
		}
		if rel, err := filepath.Rel(w.root, filepath.Join(module.Dir, filepath.FromSlash(rest))); err == nil {
			nearest, found = module.Path, filepath.ToSlash(rel)
		}
	}
	return found, found != ""
}

func importPath(spec *ast.ImportSpec) string {
	return strings.Trim(spec.Path.Value, "\"`")
}

func sortedKeys[V any](set map[string]V) []string {
	keys := make([]string, 0, len(set))
	for key := range set {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// commonImports are packages of the standard library that a contract may use without saying so. Anything else it has to import.
var commonImports = map[string]string{
	"context": "context", "time": "time", "errors": "errors", "fmt": "fmt", "http": "net/http", "io": "io", "sync": "sync", "json": "encoding/json",
	"sql": "database/sql", "big": "math/big", "netip": "net/netip", "url": "net/url", "slog": "log/slog", "testing": "testing", "bytes": "bytes",
	"strings": "strings", "iter": "iter",
}

// checkImports says which imports nothing provides, and finds those that a contract forgot.
func (w *workshop) checkImports(all []*parsed) {
	elsewhere := map[string]string{}
	for _, one := range all {
		for _, spec := range one.syntax.Imports {
			path := importPath(spec)
			if trouble := w.names.troubles[path]; trouble != "" {
				w.fault(one.Contract, one.line(spec.Pos()), "import %q: %s", path, trouble)
			}
			local, explicit := w.names.of(path), false
			if spec.Name != nil {
				local, explicit = spec.Name.Name, true
			}
			one.imports = append(one.imports, importName{path: path, name: local, explicit: explicit})
			elsewhere[local] = path
		}
	}
	for _, one := range all {
		w.autoImport(one, elsewhere)
	}
}

// autoImport adds imports that the text uses and does not name, where there is no doubt which is meant.
func (w *workshop) autoImport(one *parsed, elsewhere map[string]string) {
	for _, use := range qualifiersInTypes(one.syntax) {
		if slices.ContainsFunc(one.imports, func(known importName) bool { return known.name == use.Name }) {
			continue
		}
		path := commonImports[use.Name]
		for _, known := range []string{elsewhere[use.Name], w.scopeOf(slashDir(one.Path)).imports[use.Name]} {
			if known != "" {
				path = known
			}
		}
		if path == "" {
			w.fault(one.Contract, one.line(use.Pos()), "the text uses %s.… and imports nothing of that name", use.Name)
		}
		one.imports = append(one.imports, importName{path: path, name: use.Name, explicit: path != "" && guessName(path) != use.Name})
	}
}

// qualifiersInTypes are the names before a dot where only a package can stand: in types, not in bodies or values.
func qualifiersInTypes(file *ast.File) []*ast.Ident {
	var found []*ast.Ident
	inspect := func(node ast.Node) {
		ast.Inspect(node, func(part ast.Node) bool {
			switch part := part.(type) {
			case *ast.FuncLit, *ast.BlockStmt:
				return false
			case *ast.SelectorExpr:
				if base, ok := part.X.(*ast.Ident); ok {
					found = append(found, base)
				}
			}
			return true
		})
	}
	for _, decl := range declarations(file) {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv != nil {
				inspect(decl.Recv)
			}
			inspect(decl.Type)
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					if spec.TypeParams != nil {
						inspect(spec.TypeParams)
					}
					inspect(spec.Type)
				case *ast.ValueSpec:
					if spec.Type != nil {
						inspect(spec.Type)
					}
				}
			}
		}
	}
	return found
}
