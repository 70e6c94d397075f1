// Package tree turns a folder of Go code into parsed and type-checked packages, all of them, however broken some are.
// It asks go list what there is, and checks every package of the main modules itself: an error in one hides nothing of another.
package tree

import (
	"cmp"
	"context"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Request says what to load. Root and Dir are absolute; Dir is Root or below it.
type Request struct {
	Root     string   `json:"root"`
	Dir      string   `json:"dir"`
	Patterns []string `json:"patterns"`
	Tags     []string `json:"tags"`
	// Overlay is the path of a go build -overlay file.
	Overlay string `json:"overlay"`
	// Extend answers more files of packages, by import path, when all others are parsed. They stand in no folder, and are not among a package's Files.
	Extend func(t *Tree) map[string][]Source `json:"-"`
	// ParseOnly leaves out type checking: packages have syntax alone.
	ParseOnly bool `json:"-"`
}

// Source is a file that is given as text.
type Source struct {
	Name string
	Text []byte
}

// Tree is what was loaded.
type Tree struct {
	Root    string
	Modules []*Module
	// Packages are those of the patterns, without test variants, by import path.
	Packages []*Package
	// Tests are the packages' test variants: a package together with its test files, or an external test package.
	Tests []*Package
	Fset  *token.FileSet
	// Diagnostics are go list's and the parser's; the type checker's stand with each package.
	Diagnostics []Diagnostic
	dir         string
	files       *fileCache
}

// Package is a package, or a test variant of one.
type Package struct {
	ID      string
	Path    string
	Name    string
	Dir     string
	ForTest string
	Module  *Module
	Files   []*File
	// Ignored are base names of files that build constraints leave out.
	Ignored []string
	Imports []string
	Types   *types.Package
	Info    *types.Info
	Errors  []Diagnostic
	// Matched is false for a package that is only imported by those asked for.
	Matched bool
	// Extra are the files that Request.Extend gave.
	Extra []*File
	entry *entry
	done  chan struct{}
}

// File is one parsed file.
type File struct {
	// Path is relative to the root, with slashes.
	Path   string
	Abs    string
	Syntax *ast.File
	Source []byte
	Test   bool
	// Generated tells of a "Code generated … DO NOT EDIT." line.
	Generated bool
	// Faults are the parser's words.
	Faults []Diagnostic
}

// Load loads a tree. An error is one of this machine (no go, a folder that is not there), never one of the code.
func Load(ctx context.Context, request Request) (*Tree, error) {
	root, dir, err := realFolders(request)
	if err != nil {
		return nil, err
	}
	replaced, err := readOverlay(request.Overlay)
	if err != nil {
		return nil, err
	}
	t := &Tree{Root: root, dir: dir, Fset: token.NewFileSet(), Diagnostics: []Diagnostic{}}
	t.files = &fileCache{root: root, replaced: replaced, fset: t.Fset, files: map[string]*cachedFile{}}
	run := goRunner{ctx: ctx, dir: dir}
	modules, trouble, err := run.mainModules()
	if err != nil {
		return nil, err
	}
	t.Modules = mainOnly(modules)
	if len(t.Modules) == 0 {
		t.addTrouble(cmp.Or(trouble, "go.mod file not found in "+t.Rel(dir)+" or any parent directory"))
		return t, nil
	}
	entries, trouble, err := run.listPackages(request.flags(), request.patterns(dir, t.Modules))
	if err != nil {
		return nil, err
	}
	t.addTrouble(trouble)
	t.take(entries, request)
	if !request.ParseOnly {
		err = t.check(run, entries, request)
	}
	return t, err
}

func (r Request) flags() []string {
	flags := []string{"-trimpath"}
	if len(r.Tags) > 0 {
		flags = append(flags, "-tags="+strings.Join(r.Tags, ","))
	}
	if r.Overlay != "" {
		flags = append(flags, "-overlay="+r.Overlay)
	}
	return flags
}

func (r Request) patterns(dir string, modules []*Module) []string {
	if len(r.Patterns) > 0 {
		return r.Patterns
	}
	return modulePatterns(dir, modules)
}

// realFolders follows links, because go list answers real paths.
func realFolders(request Request) (root, dir string, err error) {
	if root, err = filepath.EvalSymlinks(request.Root); err != nil {
		return "", "", err
	}
	if request.Dir == "" {
		return root, root, nil
	}
	dir, err = filepath.EvalSymlinks(request.Dir)
	return root, dir, err
}

func mainOnly(modules []*Module) []*Module {
	return slices.DeleteFunc(modules, func(one *Module) bool { return !one.Main || one.Dir == "" })
}

// take turns the entries of the main modules into packages with syntax.
func (t *Tree) take(entries []*entry, request Request) {
	direct := directImports(entries)
	for _, one := range entries {
		if one.inMainModule() || !direct[one.ImportPath] {
			t.addListError(one)
		}
		if !one.inMainModule() {
			continue
		}
		pkg := t.newPackage(one)
		if one.ForTest == "" {
			t.Packages = append(t.Packages, pkg)
		} else {
			t.Tests = append(t.Tests, pkg)
		}
	}
	t.files.wait()
	for _, pkg := range append(slices.Clone(t.Packages), t.Tests...) {
		pkg.Files = slices.DeleteFunc(pkg.Files, func(file *File) bool { return file.Syntax == nil })
	}
	byID := func(a, b *Package) int { return strings.Compare(a.ID, b.ID) }
	slices.SortFunc(t.Packages, byID)
	slices.SortFunc(t.Tests, byID)
	t.Diagnostics = append(t.Diagnostics, t.files.faults()...)
	if request.Extend != nil {
		t.extend(request.Extend(t))
	}
}

func (t *Tree) extend(sources map[string][]Source) {
	for _, pkg := range t.Packages {
		for _, extra := range sources[pkg.Path] {
			pkg.Extra = append(pkg.Extra, t.files.parseText(filepath.Join(pkg.entry.Dir, extra.Name), extra.Text))
		}
	}
}

func (t *Tree) newPackage(one *entry) *Package {
	names := slices.Concat(one.GoFiles, one.CgoFiles, one.InvalidGoFiles)
	slices.Sort(names)
	pkg := &Package{
		ID: one.ImportPath, Path: one.path(), Name: one.Name, Dir: t.Rel(one.Dir), ForTest: one.ForTest, Module: one.Module,
		Ignored: one.IgnoredGoFiles, Matched: !one.DepOnly || one.ForTest != "", entry: one, done: make(chan struct{}),
	}
	for _, name := range slices.Compact(names) {
		abs := name
		if !filepath.IsAbs(name) {
			abs = filepath.Join(one.Dir, name)
		}
		if strings.HasSuffix(name, "_test.go") && one.ForTest == "" {
			continue // an invalid test file: it belongs to the variant
		}
		pkg.Files = append(pkg.Files, t.files.parse(abs, one.path()))
	}
	pkg.Imports = realImports(one)
	return pkg
}

// directImports are what packages of the main modules import: what is wrong with them is said at each import.
func directImports(entries []*entry) map[string]bool {
	direct := map[string]bool{}
	for _, one := range entries {
		if one.inMainModule() {
			for _, path := range one.Imports {
				direct[path] = true
			}
		}
	}
	return direct
}

// realImports are the import paths after vendoring and workspaces had their say, without test variants' suffixes.
func realImports(one *entry) []string {
	imports := []string{}
	for _, path := range one.Imports {
		bare, _, _ := strings.Cut(path, " ")
		imports = append(imports, bare)
	}
	slices.Sort(imports)
	return slices.Compact(imports)
}

// IsTestRoot tells a variant whose test files are to be looked at, from one that is only compiled again for another package's test.
func (p *Package) IsTestRoot() bool {
	return p.ForTest != "" && (p.Path == p.ForTest || p.Path == p.ForTest+"_test")
}

// ProductionPath is the path of the package that is tested: "p" for "p_test" too.
func (p *Package) ProductionPath() string {
	if p.ForTest != "" {
		return p.ForTest
	}
	return p.Path
}

// Rel makes a path relative to the root, with slashes. A path outside stays as it is.
func (t *Tree) Rel(abs string) string {
	rel, err := filepath.Rel(t.Root, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return filepath.ToSlash(abs)
	}
	return filepath.ToSlash(rel)
}

// relFromDir makes relative what go list prints relative to the folder it ran in.
func (t *Tree) relFromDir(path string) string {
	if !filepath.IsAbs(path) {
		path = filepath.Join(t.dir, path)
	}
	return t.Rel(path)
}

// Line is the line of a position in its own file; line directives of generated code are not followed.
func (t *Tree) Line(pos token.Pos) int {
	return t.Fset.PositionFor(pos, false).Line
}

// Read is a file of the tree as go sees it: through the overlay.
func (t *Tree) Read(abs string) ([]byte, error) {
	return t.files.read(abs)
}

// RootFiles are all packages and test variants with the files that each alone contributes: a variant's test files only.
func (t *Tree) RootFiles(visit func(pkg *Package, file *File)) {
	for _, pkg := range t.Packages {
		for _, file := range pkg.Files {
			visit(pkg, file)
		}
	}
	for _, pkg := range t.Tests {
		if !pkg.IsTestRoot() {
			continue
		}
		for _, file := range pkg.Files {
			if file.Test {
				visit(pkg, file)
			}
		}
	}
}

// Exists tells whether the folder is on disk.
func Exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// ParseIgnored parses the files that build constraints leave out of a package; those that cannot be parsed are left out too.
func (t *Tree) ParseIgnored(pkg *Package) []*File {
	var files []*File
	for _, name := range pkg.Ignored {
		file := t.files.parse(filepath.Join(pkg.entry.Dir, name), pkg.Path)
		t.files.wait()
		if file.Syntax != nil {
			files = append(files, file)
		}
	}
	return files
}
