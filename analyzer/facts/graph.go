package facts

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"dce/analyzer/tree"
)

// graph says which declaration mentions which. It is built from resolved names, not from calls: whoever mentions a function may call it.
// A tree that does not type-check has a graph too; a name that could not be resolved mentions everything that is so named.
type graph struct {
	tree     *tree.Tree
	ids      map[tree.Name]int
	nodes    []node
	byName   map[string][]int
	methods  *methodSets
	outer    outerAsks
	broken   bool
	fromMain []bool
	fromTest []bool
}

type node struct {
	name tree.Name
	// decl tells what stands behind the name; nil for what is not declared in the tree, and for package initialisation.
	decl  *declaration
	refs  []int
	wild  []string
	iface requirement
	named *types.Named
	// reflective: exported methods may be called by name, because the type is in the hands of templates and the like.
	reflective bool
}

type declaration struct {
	kind    string
	pkg     *tree.Package
	file    *tree.File
	ident   *ast.Ident
	builder bool
}

// initName is the pseudo declaration of what runs when a package is linked: init functions and initialisers of variables.
const initName = "init·"

// testInitName is the same of a package's test files, which no main links.
const testInitName = "init·test"

func initOf(pkg *tree.Package, file *tree.File) tree.Name {
	if file.Test {
		return tree.Name{Package: pkg.Path, Name: testInitName}
	}
	return tree.Name{Package: pkg.Path, Name: initName}
}

func newGraph(t *tree.Tree) *graph {
	g := &graph{tree: t, ids: map[tree.Name]int{}, byName: map[string][]int{}, methods: newMethodSets(), outer: outerInterfaces(t)}
	t.RootFiles(func(pkg *tree.Package, file *tree.File) { g.addFile(pkg, file) })
	for id, one := range g.nodes {
		g.byName[one.name.Name] = append(g.byName[one.name.Name], id)
	}
	g.markReflective()
	for _, pkg := range t.Packages {
		g.broken = g.broken || len(pkg.Errors) > 0
	}
	g.fromMain = g.closure(g.mainRoots())
	g.fromTest = g.closure(g.testRoots())
	return g
}

func (g *graph) completeness() string {
	if g.broken {
		return "partial"
	}
	return "full"
}

func (g *graph) id(name tree.Name) int {
	if id, ok := g.ids[name]; ok {
		return id
	}
	g.ids[name] = len(g.nodes)
	g.nodes = append(g.nodes, node{name: name})
	return len(g.nodes) - 1
}

func (g *graph) isReached(name tree.Name) bool {
	id, ok := g.ids[name]
	return ok && g.fromMain[id]
}

func (g *graph) addFile(pkg *tree.Package, file *tree.File) {
	for _, decl := range file.Syntax.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			g.addFunc(pkg, file, decl)
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					g.addType(pkg, file, spec)
				case *ast.ValueSpec:
					g.addValues(pkg, file, decl.Tok, spec)
				}
			}
		}
	}
}

func (g *graph) addFunc(pkg *tree.Package, file *tree.File, decl *ast.FuncDecl) {
	name := tree.Name{Package: pkg.Path, Name: decl.Name.Name, Receiver: receiverName(decl)}
	kind := "func"
	if decl.Recv != nil {
		kind = "method"
	}
	if kind == "func" && decl.Name.Name == "init" || decl.Name.Name == "_" {
		g.mention(g.id(initOf(pkg, file)), pkg, decl)
		return
	}
	id := g.id(name)
	g.nodes[id].decl = &declaration{kind: kind, pkg: pkg, file: file, ident: decl.Name, builder: isConstructor(pkg, decl)}
	g.mention(id, pkg, decl)
}

func (g *graph) addType(pkg *tree.Package, file *tree.File, spec *ast.TypeSpec) {
	id := g.id(tree.Name{Package: pkg.Path, Name: spec.Name.Name})
	g.nodes[id].decl = &declaration{kind: typeKind(spec), pkg: pkg, file: file, ident: spec.Name}
	if object, ok := pkg.Info.Defs[spec.Name].(*types.TypeName); ok {
		if named, ok := object.Type().(*types.Named); ok && !object.IsAlias() {
			if iface, ok := named.Underlying().(*types.Interface); ok {
				g.nodes[id].iface = requirementOf(iface)
			} else {
				g.nodes[id].named = named
			}
		}
	}
	g.mention(id, pkg, spec)
}

// addValues: a variable's initialiser runs when its package is linked, whoever uses the variable. `var _ I = (*T)(nil)` uses nothing.
func (g *graph) addValues(pkg *tree.Package, file *tree.File, tok token.Token, spec *ast.ValueSpec) {
	kind := "var"
	if tok == token.CONST {
		kind = "const"
	}
	for _, name := range spec.Names {
		if name.Name == "_" {
			continue
		}
		id := g.id(tree.Name{Package: pkg.Path, Name: name.Name})
		g.nodes[id].decl = &declaration{kind: kind, pkg: pkg, file: file, ident: name}
		g.mention(id, pkg, spec)
		if kind == "var" {
			for _, value := range spec.Values {
				g.mention(g.id(initOf(pkg, file)), pkg, value)
			}
		}
	}
}

// mention draws an edge to everything that the syntax names.
func (g *graph) mention(from int, pkg *tree.Package, root ast.Node) {
	ast.Inspect(root, func(part ast.Node) bool {
		switch part := part.(type) {
		case *ast.Ident:
			g.mentionName(from, pkg, part)
		case *ast.InterfaceType:
			g.mentionAnonymous(from, pkg, part)
		}
		return true
	})
}

func (g *graph) mentionName(from int, pkg *tree.Package, ident *ast.Ident) {
	object, resolved := pkg.Info.Uses[ident]
	if !resolved {
		if _, defines := pkg.Info.Defs[ident]; !defines && len(pkg.Errors) > 0 && ident.Name != "_" {
			g.nodes[from].wild = append(g.nodes[from].wild, ident.Name)
		}
		return
	}
	name, ok := tree.NameOf(object)
	if !ok || !inModules(g.tree, name.Package) {
		return
	}
	if to := g.id(name); to != from {
		g.nodes[from].refs = append(g.nodes[from].refs, to)
	}
}

// mentionAnonymous: an interface without a name asks for methods like any other.
func (g *graph) mentionAnonymous(from int, pkg *tree.Package, syntax *ast.InterfaceType) {
	iface, ok := pkg.Info.TypeOf(syntax).(*types.Interface)
	if !ok || iface.NumMethods() == 0 {
		return
	}
	file, _ := g.tree.Position(syntax.Pos())
	id := g.id(tree.Name{Package: pkg.Path, Name: fmt.Sprintf("interface·%s·%d", file, g.tree.Fset.Position(syntax.Pos()).Offset)})
	g.nodes[id].iface = requirementOf(iface)
	g.nodes[from].refs = append(g.nodes[from].refs, id)
}

// reflectivePackages call methods by their names.
var reflectivePackages = []string{"text/template", "html/template", "net/rpc", "gorm.io/gorm"}

func (g *graph) markReflective() {
	for _, one := range g.nodes {
		if one.decl == nil || !slices.ContainsFunc(reflectivePackages, func(path string) bool { return slices.Contains(one.decl.pkg.Imports, path) }) {
			continue
		}
		for _, to := range one.refs {
			g.nodes[to].reflective = true
		}
	}
}

// isConstructor: New… that gives a type of the tree.
func isConstructor(pkg *tree.Package, decl *ast.FuncDecl) bool {
	name := decl.Name.Name
	if decl.Recv != nil || len(name) < 3 || name[:3] != "New" || len(name) > 3 && name[3] >= 'a' && name[3] <= 'z' {
		return false
	}
	fn, ok := pkg.Info.Defs[decl.Name].(*types.Func)
	if !ok || fn.Signature().Results().Len() == 0 {
		return false
	}
	named := tree.NamedOf(fn.Signature().Results().At(0).Type())
	return named != nil && named.Obj().Pkg() != nil && pkg.Module != nil && hasPrefix(named.Obj().Pkg().Path(), pkg.Module.Path)
}

func hasPrefix(path, module string) bool {
	return path == module || len(path) > len(module) && path[:len(module)+1] == module+"/"
}
