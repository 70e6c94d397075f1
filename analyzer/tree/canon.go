package tree

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/types"
	"slices"
	"strings"
)

// maxSignature bounds a canonical text, in bytes; a longer one ends in a hash of the whole. Chosen by taste.
const maxSignature = 2000

// Canonical is the text of a type that two types share exactly when they are identical, seen from anywhere.
func Canonical(t types.Type) string {
	var w canonWriter
	w.typ(t)
	return bounded(w.String())
}

// CanonicalObject is the signature of a function, the underlying type of a type, the type of all others.
func CanonicalObject(object types.Object) string {
	name, ok := object.(*types.TypeName)
	if !ok {
		return Canonical(object.Type())
	}
	if name.IsAlias() {
		return "alias of " + Canonical(types.Unalias(name.Type()))
	}
	var w canonWriter
	if named, ok := name.Type().(*types.Named); ok {
		w.typeParams(named.TypeParams())
	}
	w.typ(name.Type().Underlying())
	return bounded(w.String())
}

// Members are the fields of a struct or the methods of an interface, as sorted canonical texts; nil for others.
func Members(t types.Type) []string {
	var members []string
	switch t := t.Underlying().(type) {
	case *types.Struct:
		for index := range t.NumFields() {
			members = append(members, t.Field(index).Name()+" "+Canonical(t.Field(index).Type()))
		}
	case *types.Interface:
		for index := range t.NumMethods() {
			members = append(members, CanonicalMethod(t.Method(index)))
		}
	}
	slices.Sort(members)
	return members
}

// CanonicalMethod is the name with the signature: Find(context.Context, string) error.
func CanonicalMethod(fn *types.Func) string {
	var w canonWriter
	w.WriteString(fn.Name())
	w.signature(fn.Signature())
	return bounded(w.String())
}

func bounded(text string) string {
	if len(text) <= maxSignature {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return text[:maxSignature-20] + " … " + hex.EncodeToString(sum[:8])
}

type canonWriter struct {
	strings.Builder
	// depth guards against anonymous types that hold themselves through a type parameter's bound.
	depth int
}

func (w *canonWriter) typ(t types.Type) {
	w.depth++
	defer func() { w.depth-- }()
	if w.depth > 50 {
		w.WriteString("…")
		return
	}
	switch t := t.(type) {
	case nil:
		w.WriteString("invalid type")
	case *types.Basic:
		w.WriteString(basicName(t))
	case *types.Alias:
		w.alias(t)
	case *types.Named:
		w.named(t.Obj(), t.TypeArgs())
	case *types.TypeParam:
		w.WriteString(t.Obj().Name())
	case *types.Pointer:
		w.WriteString("*")
		w.typ(t.Elem())
	case *types.Slice:
		w.WriteString("[]")
		w.typ(t.Elem())
	case *types.Array:
		fmt.Fprintf(w, "[%d]", t.Len())
		w.typ(t.Elem())
	case *types.Map:
		w.WriteString("map[")
		w.typ(t.Key())
		w.WriteString("]")
		w.typ(t.Elem())
	case *types.Chan:
		w.WriteString(map[types.ChanDir]string{types.SendRecv: "chan (", types.SendOnly: "chan<- (", types.RecvOnly: "<-chan ("}[t.Dir()])
		w.typ(t.Elem())
		w.WriteString(")")
	case *types.Signature:
		w.WriteString("func")
		w.typeParams(t.TypeParams())
		w.signature(t)
	case *types.Struct:
		w.structure(t)
	case *types.Interface:
		w.iface(t)
	case *types.Union:
		w.union(t)
	default:
		w.WriteString(t.String())
	}
}

// byte and uint8, rune and int32 are one type each.
func basicName(t *types.Basic) string {
	if t.Kind() == types.Byte {
		return "uint8"
	} else if t.Kind() == types.Rune {
		return "int32"
	}
	return t.Name()
}

func (w *canonWriter) alias(t *types.Alias) {
	if t.Obj().Pkg() == nil {
		w.WriteString(t.Obj().Name()) // any
		return
	}
	w.typ(types.Unalias(t))
}

func (w *canonWriter) named(object *types.TypeName, args *types.TypeList) {
	if object.Pkg() != nil {
		w.WriteString(object.Pkg().Path() + ".")
	}
	w.WriteString(object.Name())
	for index := range args.Len() {
		w.WriteString(map[bool]string{true: "[", false: ", "}[index == 0])
		w.typ(args.At(index))
	}
	if args.Len() > 0 {
		w.WriteString("]")
	}
}

func (w *canonWriter) typeParams(params *types.TypeParamList) {
	for index := range params.Len() {
		w.WriteString(map[bool]string{true: "[", false: ", "}[index == 0])
		w.WriteString(params.At(index).Obj().Name() + " ")
		w.typ(params.At(index).Constraint())
	}
	if params.Len() > 0 {
		w.WriteString("]")
	}
}

func (w *canonWriter) signature(t *types.Signature) {
	w.tuple(t.Params(), t.Variadic())
	switch t.Results().Len() {
	case 0:
	case 1:
		w.WriteString(" ")
		w.typ(t.Results().At(0).Type())
	default:
		w.WriteString(" ")
		w.tuple(t.Results(), false)
	}
}

func (w *canonWriter) tuple(t *types.Tuple, variadic bool) {
	w.WriteString("(")
	for index := range t.Len() {
		if index > 0 {
			w.WriteString(", ")
		}
		one := t.At(index).Type()
		if slice, ok := one.(*types.Slice); ok && variadic && index == t.Len()-1 {
			w.WriteString("...")
			one = slice.Elem()
		}
		w.typ(one)
	}
	w.WriteString(")")
}

func (w *canonWriter) structure(t *types.Struct) {
	w.WriteString("struct{")
	for index := range t.NumFields() {
		field := t.Field(index)
		if index > 0 {
			w.WriteString("; ")
		}
		if !field.Embedded() {
			w.WriteString(field.Name() + " ")
		}
		w.typ(field.Type())
		if tag := t.Tag(index); tag != "" {
			fmt.Fprintf(w, " %q", tag)
		}
	}
	w.WriteString("}")
}

func (w *canonWriter) iface(t *types.Interface) {
	if t.Empty() && !t.IsComparable() {
		w.WriteString("any")
		return
	}
	var parts []string
	for index := range t.NumMethods() {
		parts = append(parts, CanonicalMethod(t.Method(index)))
	}
	slices.Sort(parts)
	for index := range t.NumEmbeddeds() {
		if embedded := t.EmbeddedType(index); !hasOnlyMethods(embedded) {
			parts = append(parts, Canonical(embedded))
		}
	}
	w.WriteString("interface{" + strings.Join(parts, "; ") + "}")
}

// hasOnlyMethods tells of an embedded interface whose methods are in the method set already.
func hasOnlyMethods(t types.Type) bool {
	inner, ok := t.Underlying().(*types.Interface)
	return ok && inner.IsMethodSet()
}

func (w *canonWriter) union(t *types.Union) {
	for index := range t.Len() {
		if index > 0 {
			w.WriteString(" | ")
		}
		if t.Term(index).Tilde() {
			w.WriteString("~")
		}
		w.typ(t.Term(index).Type())
	}
}
