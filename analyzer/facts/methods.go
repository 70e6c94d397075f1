package facts

import (
	"go/types"
	"strings"

	"dce/analyzer/tree"
)

// methodSets compares types and interfaces by canonical text, because a test variant has its own types for the same code.
type methodSets struct {
	ofType map[*types.Named]map[string]method
}

// method is one method of a type's pointer: its canonical text, where it is declared, and whether the plain type has it too.
type method struct {
	text    string
	fn      *types.Func
	pointer bool
}

func newMethodSets() *methodSets {
	return &methodSets{ofType: map[*types.Named]map[string]method{}}
}

// of gives all methods of a pointer to the type, promoted ones too, by name. Unexported ones have their package in front.
func (m *methodSets) of(named *types.Named) map[string]method {
	if known, ok := m.ofType[named]; ok {
		return known
	}
	found := map[string]method{}
	plain := types.NewMethodSet(named)
	all := types.NewMethodSet(types.NewPointer(named))
	for index := range all.Len() {
		fn, ok := all.At(index).Obj().(*types.Func)
		if !ok {
			continue
		}
		found[methodKey(fn)] = method{text: methodText(fn), fn: fn, pointer: plain.Lookup(fn.Pkg(), fn.Name()) == nil}
	}
	m.ofType[named] = found
	return found
}

func methodKey(fn *types.Func) string {
	if fn.Exported() || fn.Pkg() == nil {
		return fn.Name()
	}
	return fn.Pkg().Path() + "." + fn.Name()
}

// methodText is "" where a type is not known: nothing satisfies that.
func methodText(fn *types.Func) string {
	text := tree.Canonical(fn.Signature())
	if strings.Contains(text, "invalid type") {
		return ""
	}
	return text
}

// requirement is an interface as what it asks of a type.
type requirement map[string]string

func requirementOf(iface *types.Interface) requirement {
	asks := requirement{}
	for index := range iface.NumMethods() {
		fn := iface.Method(index)
		asks[methodKey(fn)] = methodText(fn)
	}
	return asks
}

// satisfies tells whether a pointer to the type has all methods, and whether the plain type does.
func (m *methodSets) satisfies(named *types.Named, asks requirement) (yes, pointer bool) {
	if len(asks) == 0 {
		return false, false
	}
	has := m.of(named)
	for key, text := range asks {
		one, ok := has[key]
		if !ok || one.text != text || text == "" {
			return false, false
		}
		pointer = pointer || one.pointer
	}
	return true, pointer
}

// declaredTypes visits the named types of all packages; those of test files come from their variants.
func declaredTypes(t *tree.Tree, visit func(pkg *tree.Package, file *tree.File, named *types.Named)) {
	t.RootFiles(func(pkg *tree.Package, file *tree.File) {
		for _, spec := range typeSpecs(file.Syntax) {
			object, ok := pkg.Info.Defs[spec.Name].(*types.TypeName)
			if !ok || object.IsAlias() {
				continue
			}
			if named, ok := object.Type().(*types.Named); ok {
				visit(pkg, file, named)
			}
		}
	})
}
