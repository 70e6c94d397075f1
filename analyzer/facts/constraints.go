package facts

import (
	"cmp"
	"go/build/constraint"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"dce/analyzer/tree"
)

// ConstrainedPath is a file that is left out, and why.
type ConstrainedPath struct {
	Path       string `json:"path"`
	Constraint string `json:"constraint"`
}

// ConstrainedFile is a file with a written constraint, compiled or not.
type ConstrainedFile struct {
	File       string `json:"file"`
	Constraint string `json:"constraint"`
}

// systems and architectures are the words that a file name's suffix may be. Source: go/build, syslist.
var systems = words("aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos")
var architectures = words("386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm")

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(list) {
		set[word] = true
	}
	return set
}

// constraintOf is what keeps a file in or out: its //go:build line, its name's suffix, or both. "" without.
func constraintOf(t *tree.Tree, file string) string {
	text, err := t.Read(filepath.Join(t.Root, filepath.FromSlash(file)))
	if err != nil {
		return suffixConstraint(file)
	}
	return constraintIn(file, text)
}

func constraintIn(file string, text []byte) string {
	var parts []string
	if suffix := suffixConstraint(file); suffix != "" {
		parts = append(parts, suffix)
	}
	if written := writtenConstraint(text); written != "" {
		parts = append(parts, written)
	}
	return strings.Join(parts, " && ")
}

// writtenConstraint is the //go:build line above the package clause; the older // +build lines count where there is none.
func writtenConstraint(text []byte) string {
	var old []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "package ") {
			break
		}
		if constraint.IsGoBuild(line) {
			return strings.TrimSpace(strings.TrimPrefix(line, "//go:build"))
		}
		if constraint.IsPlusBuild(line) {
			if expr, err := constraint.Parse(line); err == nil {
				old = append(old, expr.String())
			}
		}
	}
	return strings.Join(old, " && ")
}

func suffixConstraint(file string) string {
	name := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(file), ".go"), "_test")
	parts := strings.Split(name, "_")
	if len(parts) < 2 {
		return ""
	}
	last := parts[len(parts)-1]
	if len(parts) > 2 && architectures[last] && systems[parts[len(parts)-2]] {
		return parts[len(parts)-2] + " && " + last
	}
	if systems[last] || architectures[last] {
		return last
	}
	return ""
}

// collectExcluded finds Go files below the modules that belong to no listed package: go list is silent about a folder whose files are all excluded.
func collectExcluded(t *tree.Tree) []ConstrainedPath {
	known := map[string]bool{}
	for _, pkg := range slices.Concat(t.Packages, t.Tests) {
		known[pkg.Dir] = true
	}
	excluded := []ConstrainedPath{}
	for _, module := range t.Modules {
		walkModule(module.Dir, func(abs string) {
			file := t.Rel(abs)
			if dir := slashDir(file); !known[dir] {
				if why := constraintOf(t, file); why != "" {
					excluded = append(excluded, ConstrainedPath{Path: file, Constraint: why})
				}
			}
		})
	}
	return sorted(excluded, func(a, b ConstrainedPath) int { return cmp.Compare(a.Path, b.Path) })
}

func slashDir(file string) string {
	return filepath.ToSlash(filepath.Dir(filepath.FromSlash(file)))
}

// walkModule visits the Go files that ./... would look at, were they not constrained.
func walkModule(dir string, visit func(abs string)) {
	_ = filepath.WalkDir(dir, func(path string, item fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		name := item.Name()
		if item.IsDir() {
			hidden := path != dir && (name == "vendor" || name == "testdata" || name == "node_modules" || name[0] == '.' || name[0] == '_')
			if hidden || path != dir && tree.Exists(filepath.Join(path, "go.mod")) {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, ".go") && name[0] != '.' && name[0] != '_' {
			visit(path)
		}
		return nil
	})
}

func collectConstraints(t *tree.Tree, excluded []ConstrainedPath) []ConstrainedFile {
	var found []ConstrainedFile
	add := func(file, constraint string) {
		if constraint != "" {
			found = append(found, ConstrainedFile{File: file, Constraint: constraint})
		}
	}
	t.RootFiles(func(_ *tree.Package, file *tree.File) { add(file.Path, constraintIn(file.Path, file.Source)) })
	for _, pkg := range t.Packages {
		for _, name := range pkg.Ignored {
			file := strings.TrimPrefix(pkg.Dir+"/"+name, "./")
			add(file, constraintOf(t, file))
		}
	}
	for _, one := range excluded {
		add(one.Path, one.Constraint)
	}
	return sorted(found, func(a, b ConstrainedFile) int { return cmp.Compare(a.File, b.File) })
}
