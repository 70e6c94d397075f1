package tree

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// checker type-checks the packages of the main modules, each after those that it imports.
type checker struct {
	tree    *Tree
	byID    map[string]*Package
	entries map[string]*entry
	exports *exportImporter
	sizes   types.Sizes
	slots   chan struct{}
}

func (t *Tree) check(run goRunner, entries []*entry, request Request) error {
	c := &checker{
		tree: t, byID: map[string]*Package{}, entries: map[string]*entry{},
		sizes: types.SizesFor("gc", targetArch()), slots: make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
	all := append(append([]*Package{}, t.Packages...), t.Tests...)
	for _, pkg := range all {
		c.byID[pkg.ID] = pkg
	}
	for _, one := range entries {
		c.entries[one.ImportPath] = one
	}
	exports, err := run.listExports(request.flags(), c.outerImports(all))
	if err != nil {
		return err
	}
	c.exports = newExportImporter(exports)
	cyclic := c.cyclicImports(all)
	var working sync.WaitGroup
	for _, pkg := range all {
		working.Add(1)
		go func() {
			defer working.Done()
			c.checkPackage(pkg, cyclic[pkg.ID])
		}()
	}
	working.Wait()
	return nil
}

// targetArch is the architecture that go builds for; sizes of types depend on it.
func targetArch() string {
	if arch := os.Getenv("GOARCH"); arch != "" {
		return arch
	}
	return runtime.GOARCH
}

// outerImports are the packages outside the main modules that these import: their export data is all that is needed of them.
func (c *checker) outerImports(all []*Package) []string {
	seen := map[string]bool{"unsafe": true, "C": true}
	var paths []string
	add := func(path string) {
		if one, known := c.entries[path]; seen[path] || c.byID[path] != nil || known && one.Name == "" {
			return
		}
		seen[path] = true
		paths = append(paths, path)
	}
	for _, pkg := range all {
		for _, path := range pkg.Imports {
			add(path)
		}
		for _, file := range pkg.Extra {
			for _, path := range importPaths(file.Syntax) {
				add(path)
			}
		}
	}
	return paths
}

func importPaths(file *ast.File) []string {
	var paths []string
	if file == nil {
		return nil
	}
	for _, spec := range file.Imports {
		paths = append(paths, strings.Trim(spec.Path.Value, "\"`"))
	}
	return paths
}

// resolve is the ID behind an import of the package: vendoring and test variants change what a path means.
func (c *checker) resolve(pkg *Package, path string) string {
	if to, ok := pkg.entry.ImportMap[path]; ok {
		return to
	}
	return path
}

// cyclicImports finds the imports that close a cycle; waiting for them would never end.
func (c *checker) cyclicImports(all []*Package) map[string]map[string]bool {
	const open, closed = 1, 2
	state, cyclic := map[string]int{}, map[string]map[string]bool{}
	var visit func(pkg *Package)
	visit = func(pkg *Package) {
		state[pkg.ID] = open
		for _, path := range append(append([]string{}, pkg.entry.Imports...), extraImports(pkg)...) {
			next := c.byID[c.resolve(pkg, path)]
			if next == nil {
				continue
			}
			if state[next.ID] == 0 {
				visit(next)
			} else if state[next.ID] == open {
				if cyclic[pkg.ID] == nil {
					cyclic[pkg.ID] = map[string]bool{}
				}
				cyclic[pkg.ID][next.ID] = true
			}
		}
		state[pkg.ID] = closed
	}
	for _, pkg := range all {
		if state[pkg.ID] == 0 {
			visit(pkg)
		}
	}
	return cyclic
}

func extraImports(pkg *Package) []string {
	var paths []string
	for _, file := range pkg.Extra {
		paths = append(paths, importPaths(file.Syntax)...)
	}
	return paths
}

func (c *checker) checkPackage(pkg *Package, cyclic map[string]bool) {
	defer close(pkg.done)
	for _, path := range append(append([]string{}, pkg.entry.Imports...), extraImports(pkg)...) {
		if next := c.byID[c.resolve(pkg, path)]; next != nil && !cyclic[next.ID] {
			<-next.done
		}
	}
	c.slots <- struct{}{}
	defer func() { <-c.slots }()
	pkg.Info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{}, Instances: map[*ast.Ident]types.Instance{},
	}
	config := &types.Config{
		Importer: importerFunc(func(path string) (*types.Package, error) { return c.importFor(pkg, path, cyclic) }),
		Error:    func(err error) { c.collect(pkg, err) },
		Sizes:    c.sizes, FakeImportC: true, GoVersion: goVersion(pkg.Module),
		IgnoreFuncBodies: !pkg.Matched || pkg.ForTest != "" && !pkg.IsTestRoot(),
	}
	pkg.Types, _ = config.Check(pkg.Path, c.tree.Fset, c.syntaxOf(pkg), pkg.Info)
}

// syntaxOf gives a variant its production files without bodies: those are checked with the package itself.
func (c *checker) syntaxOf(pkg *Package) []*ast.File {
	var files []*ast.File
	for _, file := range slices.Concat(pkg.Files, pkg.Extra) {
		syntax := file.Syntax
		if pkg.ForTest != "" && !file.Test {
			syntax = withoutBodies(syntax)
		}
		files = append(files, syntax)
	}
	return files
}

func withoutBodies(file *ast.File) *ast.File {
	bare := *file
	bare.Decls = make([]ast.Decl, len(file.Decls))
	for index, decl := range file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil && fn.Name.Name != "init" && fn.Type.TypeParams == nil {
			head := *fn // generic functions and init have to have a body
			head.Body = nil
			decl = &head
		}
		bare.Decls[index] = decl
	}
	return &bare
}

func goVersion(module *Module) string {
	if module == nil || module.GoVersion == "" {
		return ""
	}
	return "go" + module.GoVersion
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

func (c *checker) importFor(pkg *Package, path string, cyclic map[string]bool) (*types.Package, error) {
	id := c.resolve(pkg, path)
	if cyclic[id] {
		return nil, errors.New("import cycle not allowed")
	}
	if next := c.byID[id]; next != nil {
		if next.Types == nil {
			return nil, fmt.Errorf("%s has no Go files to build", path)
		}
		return next.Types, nil
	}
	if found, err := c.exports.Import(id); err == nil {
		return found, nil
	}
	if c.tree.holds(path) {
		return nil, errors.New("the tree has no such package")
	}
	if one := c.entries[id]; one != nil && one.Error != nil {
		return nil, errors.New(strings.Join(strings.Fields(one.Error.Err), " "))
	}
	return nil, errors.New("it does not compile on this machine")
}

// holds tells whether the path lies in one of the main modules.
func (t *Tree) holds(path string) bool {
	return slices.ContainsFunc(t.Modules, func(one *Module) bool { return path == one.Path || strings.HasPrefix(path, one.Path+"/") })
}

func (c *checker) collect(pkg *Package, err error) {
	var fault types.Error
	if !errors.As(err, &fault) {
		return
	}
	at := c.tree.Fset.PositionFor(fault.Pos, false)
	one := Diagnostic{
		File: c.tree.Rel(at.Filename), Line: at.Line, Column: at.Column, Message: fault.Msg, Kind: KindType,
		Package: pkg.ProductionPath(), Test: strings.HasSuffix(at.Filename, "_test.go"),
	}
	if pkg.ForTest != "" && !one.Test && (!pkg.IsTestRoot() || unusedImport(fault.Msg)) {
		return // said of the package itself, or true only because bodies were left out
	}
	if strings.HasPrefix(fault.Msg, "could not import ") {
		one.Kind = KindImport
		if kindOfListError(fault.Msg) == KindModule {
			one.Kind = KindModule
		}
	}
	if strings.HasPrefix(strings.TrimSpace(fault.Msg), "other declaration of") {
		return // the second half of a message that is complete without it
	}
	pkg.Errors = append(pkg.Errors, one)
}

// Position is where something stands, for people.
func (t *Tree) Position(pos token.Pos) (file string, line int) {
	at := t.Fset.PositionFor(pos, false)
	return t.Rel(at.Filename), at.Line
}

func unusedImport(message string) bool {
	return strings.Contains(message, " imported ") && strings.HasSuffix(message, "and not used")
}
