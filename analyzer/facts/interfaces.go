package facts

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"dce/analyzer/tree"
)

// Implementer is a type that satisfies an interface.
type Implementer struct {
	Package string `json:"package"`
	Type    string `json:"type"`
	Pointer bool   `json:"pointer"`
	File    string `json:"file"`
	Test    bool   `json:"test"`
	Reached bool   `json:"reached"`
}

// Interface is an interface declared in the tree.
type Interface struct {
	Package string `json:"package"`
	Name    string `json:"name"`
	Place
	Exported     bool          `json:"exported"`
	Test         bool          `json:"test"`
	Empty        bool          `json:"empty"`
	Constraint   bool          `json:"constraint"`
	Used         bool          `json:"used"`
	Methods      []string      `json:"methods"`
	Implementers []Implementer `json:"implementers"`
}

type candidate struct {
	named *types.Named
	file  *tree.File
}

func collectInterfaces(t *tree.Tree, world *graph) []Interface {
	var interfaces, concrete []candidate
	declaredTypes(t, func(_ *tree.Package, file *tree.File, named *types.Named) {
		if _, ok := named.Underlying().(*types.Interface); ok {
			interfaces = append(interfaces, candidate{named, file})
		} else {
			concrete = append(concrete, candidate{named, file})
		}
	})
	uses := usesOfInterfaces(t)
	outer := outerTypes(t)
	found := []Interface{}
	for _, one := range interfaces {
		described := describeInterface(t, one, concrete, world, uses)
		if len(described.Implementers) == 0 {
			described.Implementers = outerImplementers(world.methods, outer, requirementOf(one.named.Underlying().(*types.Interface)))
		}
		found = append(found, described)
	}
	slices.SortFunc(found, func(a, b Interface) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Name, b.Name), comparePlaces(a.Place, b.Place))
	})
	return found
}

func describeInterface(t *tree.Tree, one candidate, concrete []candidate, world *graph, uses map[tree.Name]interfaceUse) Interface {
	object, iface := one.named.Obj(), one.named.Underlying().(*types.Interface)
	use := uses[tree.Name{Package: object.Pkg().Path(), Name: object.Name()}]
	described := Interface{
		Package: object.Pkg().Path(), Name: object.Name(), Place: Place{one.file.Path, t.Line(object.Pos())},
		Exported: object.Exported(), Test: one.file.Test, Empty: iface.Empty(), Methods: []string{}, Implementers: []Implementer{},
		Constraint: !iface.IsMethodSet() || use.bound && !use.other, Used: use.bound || use.other,
	}
	for index := range iface.NumMethods() {
		described.Methods = append(described.Methods, tree.CanonicalMethod(iface.Method(index)))
	}
	slices.Sort(described.Methods)
	asks := requirementOf(iface)
	for _, other := range concrete {
		if yes, pointer := world.methods.satisfies(other.named, asks); yes {
			name := tree.Name{Package: other.named.Obj().Pkg().Path(), Name: other.named.Obj().Name()}
			described.Implementers = append(described.Implementers, Implementer{
				Package: name.Package, Type: name.Name, Pointer: pointer, File: other.file.Path, Test: other.file.Test, Reached: world.isReached(name),
			})
		}
	}
	described.Implementers = sorted(described.Implementers, func(a, b Implementer) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Type, b.Type), cmp.Compare(a.File, b.File))
	})
	return described
}

// interfaceUse tells how production code mentions an interface: as the bound of a type parameter, or otherwise.
type interfaceUse struct{ bound, other bool }

func usesOfInterfaces(t *tree.Tree) map[tree.Name]interfaceUse {
	uses := map[tree.Name]interfaceUse{}
	for _, pkg := range t.Packages {
		bounds := boundPositions(pkg)
		for ident, object := range pkg.Info.Uses {
			name, ok := object.(*types.TypeName)
			if !ok {
				continue
			}
			key, ok := tree.NameOf(name)
			if !ok {
				continue
			}
			use := uses[key]
			if bounds[ident.Pos()] {
				use.bound = true
			} else {
				use.other = true
			}
			uses[key] = use
		}
	}
	return uses
}

// boundPositions are the places of names inside type parameter lists.
func boundPositions(pkg *tree.Package) map[token.Pos]bool {
	positions := map[token.Pos]bool{}
	mark := func(list *ast.FieldList) {
		if list == nil {
			return
		}
		ast.Inspect(list, func(node ast.Node) bool {
			if ident, ok := node.(*ast.Ident); ok {
				positions[ident.Pos()] = true
			}
			return true
		})
	}
	for _, file := range pkg.Files {
		for _, decl := range file.Syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok {
				mark(fn.Type.TypeParams)
			}
		}
		for _, spec := range typeSpecs(file.Syntax) {
			mark(spec.TypeParams)
		}
	}
	return positions
}

// typeSpecs are the types that a file declares at package level.
func typeSpecs(file *ast.File) []*ast.TypeSpec {
	var specs []*ast.TypeSpec
	for _, decl := range file.Decls {
		if group, ok := decl.(*ast.GenDecl); ok && group.Tok == token.TYPE {
			for _, spec := range group.Specs {
				if one, ok := spec.(*ast.TypeSpec); ok {
					specs = append(specs, one)
				}
			}
		}
	}
	return specs
}
