package facts

import (
	"cmp"
	"path"
	"slices"

	"dce/analyzer/tree"
)

// Module is a main module.
type Module struct {
	Path      string `json:"path"`
	Dir       string `json:"dir"`
	GoVersion string `json:"goVersion"`
	Main      bool   `json:"main"`
}

// Package is one package of a main module.
type Package struct {
	Path           string            `json:"path"`
	Name           string            `json:"name"`
	Dir            string            `json:"dir"`
	IsMain         bool              `json:"isMain"`
	GoFiles        []string          `json:"goFiles"`
	TestFiles      []string          `json:"testFiles"`
	IgnoredFiles   []ConstrainedPath `json:"ignoredFiles"`
	GeneratedFiles []string          `json:"generatedFiles"`
	Imports        []string          `json:"imports"`
}

func collectPackages(t *tree.Tree) ([]Module, []Package) {
	mains := mainModules(t)
	modules := []Module{}
	for _, one := range t.Modules {
		modules = append(modules, Module{Path: one.Path, Dir: t.Rel(one.Dir), GoVersion: one.GoVersion, Main: mains[one.Path]})
	}
	slices.SortFunc(modules, func(a, b Module) int { return cmp.Compare(a.Path, b.Path) })
	tests := testFilesByPackage(t)
	packages := []Package{}
	for _, pkg := range t.Packages {
		if !pkg.Matched {
			continue
		}
		one := Package{
			Path: pkg.Path, Name: pkg.Name, Dir: pkg.Dir, IsMain: pkg.Name == "main", GoFiles: []string{}, TestFiles: []string{},
			IgnoredFiles: []ConstrainedPath{}, GeneratedFiles: []string{}, Imports: orEmpty(pkg.Imports),
		}
		for _, file := range pkg.Files {
			one.GoFiles = append(one.GoFiles, path.Base(file.Path))
			if file.Generated {
				one.GeneratedFiles = append(one.GeneratedFiles, path.Base(file.Path))
			}
		}
		for _, file := range tests[pkg.Path] {
			one.TestFiles = append(one.TestFiles, path.Base(file.Path))
			if file.Generated {
				one.GeneratedFiles = append(one.GeneratedFiles, path.Base(file.Path))
			}
		}
		for _, name := range pkg.Ignored {
			file := path.Join(pkg.Dir, name)
			one.IgnoredFiles = append(one.IgnoredFiles, ConstrainedPath{Path: name, Constraint: constraintOf(t, file)})
		}
		packages = append(packages, one)
	}
	return modules, packages
}

func mainModules(t *tree.Tree) map[string]bool {
	mains := map[string]bool{}
	for _, pkg := range t.Packages {
		if pkg.Name == "main" && pkg.Module != nil {
			mains[pkg.Module.Path] = true
		}
	}
	return mains
}

func testFilesByPackage(t *tree.Tree) map[string][]*tree.File {
	files := map[string][]*tree.File{}
	for _, pkg := range t.Tests {
		if !pkg.IsTestRoot() {
			continue
		}
		for _, file := range pkg.Files {
			if file.Test {
				files[pkg.ForTest] = append(files[pkg.ForTest], file)
			}
		}
	}
	for _, list := range files {
		slices.SortFunc(list, func(a, b *tree.File) int { return cmp.Compare(a.Path, b.Path) })
	}
	return files
}
