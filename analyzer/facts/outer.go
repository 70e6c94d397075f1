package facts

import (
	"cmp"
	"go/types"
	"slices"

	"dce/analyzer/tree"
)

// outerAsks are the interfaces of packages outside the tree: whoever satisfies one may be called through it.
// They stand under their first method's name, for there are thousands of them.
type outerAsks map[string][]*outerAsk

type outerAsk struct {
	iface *types.Interface
	asks  requirement
}

func outerInterfaces(t *tree.Tree) outerAsks {
	found := outerAsks{}
	found.add(types.Universe.Lookup("error").Type().Underlying().(*types.Interface))
	seen := map[*types.Package]bool{}
	var visit func(pkg *types.Package)
	visit = func(pkg *types.Package) {
		if pkg == nil || seen[pkg] {
			return
		}
		seen[pkg] = true
		if !inModules(t, pkg.Path()) {
			found.addPackage(pkg)
		}
		for _, next := range pkg.Imports() {
			visit(next)
		}
	}
	for _, pkg := range slices.Concat(t.Packages, t.Tests) {
		visit(pkg.Types)
	}
	return found
}

func inModules(t *tree.Tree, path string) bool {
	return slices.ContainsFunc(t.Modules, func(one *tree.Module) bool { return hasPrefix(path, one.Path) })
}

func (o outerAsks) addPackage(pkg *types.Package) {
	for _, name := range pkg.Scope().Names() {
		object, ok := pkg.Scope().Lookup(name).(*types.TypeName)
		if !ok {
			continue
		}
		if iface, ok := object.Type().Underlying().(*types.Interface); ok && iface.IsMethodSet() {
			o.add(iface)
		}
	}
}

func (o outerAsks) add(iface *types.Interface) {
	if iface.NumMethods() > 0 {
		key := methodKey(iface.Method(0))
		o[key] = append(o[key], &outerAsk{iface: iface})
	}
}

// each visits the interfaces that a type with these methods might satisfy.
func (o outerAsks) each(methods map[string]method, visit func(asks requirement)) {
	for key := range methods {
		for _, one := range o[key] {
			if one.asks == nil {
				one.asks = requirementOf(one.iface)
			}
			visit(one.asks)
		}
	}
}

// outerTypes are the exported types of packages outside the tree that production code imports: an interface may be made for one of them.
func outerTypes(t *tree.Tree) []*types.Named {
	var found []*types.Named
	seen := map[*types.Package]bool{}
	for _, pkg := range t.Packages {
		if pkg.Types == nil {
			continue
		}
		for _, imported := range pkg.Types.Imports() {
			if seen[imported] || inModules(t, imported.Path()) {
				continue
			}
			seen[imported] = true
			for _, name := range imported.Scope().Names() {
				object, ok := imported.Scope().Lookup(name).(*types.TypeName)
				if !ok || !object.Exported() || object.IsAlias() {
					continue
				}
				if named, ok := object.Type().(*types.Named); ok && !types.IsInterface(named) {
					found = append(found, named)
				}
			}
		}
	}
	return found
}

// outerImplementers are those of the types that satisfy an interface: `*sql.DB` for what a package asks of its database. They have no file.
func outerImplementers(methods *methodSets, outer []*types.Named, asks requirement) []Implementer {
	found := []Implementer{}
	for _, named := range outer {
		if yes, pointer := methods.satisfies(named, asks); yes {
			object := named.Obj()
			found = append(found, Implementer{Package: object.Pkg().Path(), Type: object.Name(), Pointer: pointer, Reached: true})
		}
	}
	return sorted(found, func(a, b Implementer) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Type, b.Type))
	})
}
