// Package tree turns a folder of Go code into parsed and type-checked packages, all of them, however broken some are.
// It asks go list what there is, and checks every package of the main modules itself: an error in one hides nothing of another.
package tree

import (
	"cmp"
	"context"
	"go/token"
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

// Exists tells whether the folder is on disk.
func Exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
