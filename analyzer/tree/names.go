package tree

import "go/types"

// Name names a package-level declaration or a method, the same in every test variant. Receiver is the bare type name.
type Name struct {
	Package  string `json:"package"`
	Name     string `json:"name"`
	Receiver string `json:"receiver,omitempty"`
}

// NameOf answers false for what is local to a function, a field, or of the universe.
func NameOf(object types.Object) (Name, bool) {
	if object == nil || object.Pkg() == nil {
		return Name{}, false
	}
	if fn, ok := object.(*types.Func); ok {
		fn = fn.Origin()
		name := Name{Package: fn.Pkg().Path(), Name: fn.Name()}
		if recv := fn.Signature().Recv(); recv != nil {
			named := NamedOf(recv.Type())
			if named == nil {
				return name, false // a method of an interface without a name
			}
			name.Receiver = named.Obj().Name()
		}
		return name, true
	}
	if object.Parent() != object.Pkg().Scope() {
		return Name{}, false
	}
	return Name{Package: object.Pkg().Path(), Name: object.Name()}, true
}

// NamedOf is the named type behind a pointer and aliases; nil for all others. Instances of generic types give their origin.
func NamedOf(t types.Type) *types.Named {
	if t == nil {
		return nil
	}
	t = types.Unalias(t)
	if pointer, ok := t.(*types.Pointer); ok {
		t = types.Unalias(pointer.Elem())
	}
	if named, ok := t.(*types.Named); ok {
		return named.Origin()
	}
	return nil
}
