package facts

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"dce/analyzer/tree"
)

// Unreached is a function, method or type that no main reaches.
type Unreached struct {
	tree.Name
	Place
	Kind             string `json:"kind"`
	Constructor      bool   `json:"constructor"`
	ReachedFromTests bool   `json:"reachedFromTests"`
}

// UnusedFile is a production file none of whose declarations a main reaches.
type UnusedFile struct {
	File             string `json:"file"`
	Package          string `json:"package"`
	ReachedFromTests bool   `json:"reachedFromTests"`
}

// calledByName are methods that packages outside look for with interfaces of no name. Source: package errors, net, fmt.
var calledByName = map[string]bool{"Unwrap": true, "Is": true, "As": true, "Timeout": true, "Temporary": true}

// mainRoots: each command's main, and what runs when the packages it links are initialised. A module without a command: its exported declarations.
func (g *graph) mainRoots() []int {
	mains := mainModules(g.tree)
	linked := g.linkedPackages(mains)
	var roots []int
	for id, one := range g.nodes {
		if one.name.Name == initName && linked[one.name.Package] {
			roots = append(roots, id)
		}
		if one.decl == nil || one.decl.file.Test {
			continue
		}
		if one.decl.pkg.Name == "main" && one.name.Name == "main" && one.name.Receiver == "" {
			roots = append(roots, id)
		}
		if module := one.decl.pkg.Module; module != nil && !mains[module.Path] && g.isAPI(one) {
			roots = append(roots, id)
		}
	}
	return roots
}

func (g *graph) isAPI(one node) bool {
	exported := ast.IsExported(one.name.Name) && (one.name.Receiver == "" || ast.IsExported(one.name.Receiver))
	return exported && (!isInternal(one.name.Package) || !g.hasPublicPackage(one.decl.pkg.Module))
}

func (g *graph) hasPublicPackage(module *tree.Module) bool {
	return slices.ContainsFunc(g.tree.Packages, func(pkg *tree.Package) bool {
		return pkg.Module != nil && pkg.Module.Path == module.Path && !isInternal(pkg.Path)
	})
}

func isInternal(path string) bool {
	return slices.Contains(strings.Split(path, "/"), "internal")
}

func (g *graph) linkedPackages(mains map[string]bool) map[string]bool {
	var roots []*tree.Package
	for _, pkg := range g.tree.Packages {
		if pkg.Name == "main" || pkg.Module != nil && !mains[pkg.Module.Path] {
			roots = append(roots, pkg)
		}
	}
	return g.linkedBy(roots)
}

// linkedBy are the packages and all that they import, by their paths.
func (g *graph) linkedBy(roots []*tree.Package) map[string]bool {
	byPath, linked := map[string]*tree.Package{}, map[string]bool{}
	for _, pkg := range g.tree.Packages {
		byPath[pkg.Path] = pkg
	}
	var visit func(pkg *tree.Package)
	visit = func(pkg *tree.Package) {
		linked[pkg.Path] = true
		for _, path := range pkg.Imports {
			if next := byPath[path]; next != nil && !linked[path] {
				visit(next)
			}
		}
	}
	for _, root := range roots {
		visit(root)
	}
	return linked
}

// testRoots: everything that test files declare, and the initialisation of what their packages link.
func (g *graph) testRoots() []int {
	linked := g.linkedBy(slices.DeleteFunc(slices.Clone(g.tree.Tests), func(pkg *tree.Package) bool { return !pkg.IsTestRoot() }))
	var roots []int
	for id, one := range g.nodes {
		if one.decl != nil && one.decl.file.Test || one.name.Name == testInitName || one.name.Name == initName && linked[one.name.Package] {
			roots = append(roots, id)
		}
	}
	return roots
}

// closure walks from the roots. A type that is reached has those methods reached that an interface reached, or one outside the tree, asks for.
func (g *graph) closure(roots []int) []bool {
	w := &walk{graph: g, seen: make([]bool, len(g.nodes)), names: map[string]bool{}}
	for _, root := range roots {
		w.add(root)
	}
	for len(w.queue) > 0 {
		id := w.queue[len(w.queue)-1]
		w.queue = w.queue[:len(w.queue)-1]
		w.expand(id)
	}
	return w.seen
}

type walk struct {
	graph      *graph
	seen       []bool
	queue      []int
	types      []int
	interfaces []int
	names      map[string]bool
}

func (w *walk) add(id int) {
	if !w.seen[id] {
		w.seen[id] = true
		w.queue = append(w.queue, id)
	}
}

func (w *walk) expand(id int) {
	one := w.graph.nodes[id]
	for _, to := range one.refs {
		w.add(to)
	}
	for _, name := range one.wild {
		if !w.names[name] {
			w.names[name] = true
			for _, to := range w.graph.byName[name] {
				w.add(to)
			}
		}
	}
	if one.iface != nil {
		w.interfaces = append(w.interfaces, id)
		for _, other := range w.types {
			w.bind(w.graph.nodes[other].named, one.iface)
		}
	}
	if one.named != nil {
		w.types = append(w.types, id)
		for _, other := range w.interfaces {
			w.bind(one.named, w.graph.nodes[other].iface)
		}
		w.graph.outer.each(w.graph.methods.of(one.named), func(asks requirement) { w.bind(one.named, asks) })
		w.bindByName(one)
	}
}

func (w *walk) bind(named *types.Named, asks requirement) {
	if yes, _ := w.graph.methods.satisfies(named, asks); !yes {
		return
	}
	has := w.graph.methods.of(named)
	for key := range asks {
		w.addFunc(has[key].fn)
	}
}

func (w *walk) bindByName(one node) {
	for _, method := range w.graph.methods.of(one.named) {
		if calledByName[method.fn.Name()] || one.reflective && method.fn.Exported() {
			w.addFunc(method.fn)
		}
	}
}

func (w *walk) addFunc(fn *types.Func) {
	if name, ok := tree.NameOf(fn); ok {
		if id, known := w.graph.ids[name]; known {
			w.add(id)
		}
	}
}

func (g *graph) unreached() []Unreached {
	found := []Unreached{}
	for id, one := range g.nodes {
		if g.fromMain[id] || !isJudged(one) || one.decl.kind == "var" || one.decl.kind == "const" {
			continue
		}
		found = append(found, Unreached{
			Name: one.name, Place: Place{one.decl.file.Path, g.tree.Line(one.decl.ident.Pos())}, Kind: one.decl.kind,
			Constructor: one.decl.builder, ReachedFromTests: g.fromTest[id],
		})
	}
	slices.SortFunc(found, func(a, b Unreached) int { return cmp.Or(comparePlaces(a.Place, b.Place), compareNames(a.Name, b.Name)) })
	return found
}

// isJudged: production code of the packages asked for. Nobody writes generated code, so nobody is told what of it is unused.
func isJudged(one node) bool {
	return one.decl != nil && !one.decl.file.Test && !one.decl.file.Generated && one.decl.pkg.Matched
}

func (g *graph) unusedFiles() []UnusedFile {
	type state struct{ main, test bool }
	files := map[*tree.File]*state{}
	packages := map[*tree.File]string{}
	for id, one := range g.nodes {
		if !isJudged(one) {
			continue
		}
		file := one.decl.file
		if files[file] == nil {
			files[file], packages[file] = &state{}, one.decl.pkg.Path
		}
		files[file].main = files[file].main || g.fromMain[id]
		files[file].test = files[file].test || g.fromTest[id]
	}
	var unused []UnusedFile
	for file, used := range files {
		if !used.main {
			unused = append(unused, UnusedFile{File: file.Path, Package: packages[file], ReachedFromTests: used.test})
		}
	}
	return sorted(unused, func(a, b UnusedFile) int { return cmp.Compare(a.File, b.File) })
}
