package tree

import (
	"go/ast"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
)

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
