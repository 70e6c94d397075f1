package facts

import (
	"cmp"
	"go/types"
	"slices"
	"strings"

	"dce/analyzer/tree"
)

// DuplicateType is a type declared twice.
type DuplicateType struct {
	Name   string           `json:"name"`
	Scope  string           `json:"scope"`
	Shape  string           `json:"shape"`
	Kind   string           `json:"kind"`
	Places []DuplicatePlace `json:"places"`
}

// DuplicatePlace is one of the declarations.
type DuplicatePlace struct {
	Package string `json:"package"`
	Name    string `json:"name"`
	Place
	Constraint string `json:"constraint,omitempty"`
	Test       bool   `json:"test"`
}

// Bounds below which two types are alike by chance or by habit. Chosen by taste: Go's small interfaces are declared by each consumer.
const (
	minNearMembers      = 3
	minIdenticalMembers = 4
)

type shapedType struct {
	place   DuplicatePlace
	kind    string
	members []string
}

func collectDuplicates(t *tree.Tree) []DuplicateType {
	found := duplicatesInPackages(t)
	shapes := shapedTypes(t)
	byName, byShape := map[string][]shapedType{}, map[string][]shapedType{}
	for _, one := range shapes {
		if len(one.members) >= minNearMembers {
			byName[one.place.Name] = append(byName[one.place.Name], one)
		}
		if len(one.members) >= minIdenticalMembers {
			byShape[one.kind+strings.Join(one.members, "\n")] = append(byShape[one.kind+strings.Join(one.members, "\n")], one)
		}
	}
	for _, group := range byShape {
		if len(group) > 1 {
			found = append(found, duplicate(group, "identical"))
		}
	}
	for _, group := range byName {
		for _, alike := range alikeIn(group) {
			found = append(found, duplicate(alike, "same-name"))
		}
	}
	slices.SortFunc(found, func(a, b DuplicateType) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Scope, b.Scope), comparePlaces(a.Places[0].Place, b.Places[0].Place), cmp.Compare(a.Shape, b.Shape))
	})
	return orEmpty(found)
}

func duplicate(group []shapedType, shape string) DuplicateType {
	one := DuplicateType{Scope: "module", Shape: shape, Kind: group[0].kind}
	for _, member := range group {
		one.Places = append(one.Places, member.place)
	}
	slices.SortFunc(one.Places, func(a, b DuplicatePlace) int { return comparePlaces(a.Place, b.Place) })
	one.Name = one.Places[0].Name
	return one
}

// shapedTypes are the structs and interfaces of production code with their members.
func shapedTypes(t *tree.Tree) []shapedType {
	var shapes []shapedType
	declaredTypes(t, func(pkg *tree.Package, file *tree.File, named *types.Named) {
		if file.Test || file.Generated || !pkg.Matched || named.Obj().Parent() != named.Obj().Pkg().Scope() {
			return
		}
		kind := "struct"
		switch named.Underlying().(type) {
		case *types.Struct:
		case *types.Interface:
			kind = "interface"
		default:
			return
		}
		object := named.Obj()
		members := dataMembers(named)
		// A type that holds itself is alike in two packages although its members name two types.
		self := object.Pkg().Path() + "." + object.Name()
		for index, member := range members {
			members[index] = strings.ReplaceAll(member, self, "·")
		}
		place := DuplicatePlace{Package: object.Pkg().Path(), Name: object.Name(), Place: Place{file.Path, t.Line(object.Pos())}}
		shapes = append(shapes, shapedType{place: place, kind: kind, members: members})
	})
	return shapes
}

// dataMembers leaves out what a component is given to work with, unexported fields of interfaces, functions, channels and pointers to structs:
// two services with the same dependencies are a habit of the repository, two types with the same data are one type declared twice.
func dataMembers(named *types.Named) []string {
	body, ok := named.Underlying().(*types.Struct)
	if !ok {
		return tree.Members(named)
	}
	var fields []*types.Var
	for index := range body.NumFields() {
		if field := body.Field(index); field.Exported() || !isDependency(field.Type()) {
			fields = append(fields, field)
		}
	}
	return tree.Members(types.NewStruct(fields, nil))
}

func isDependency(t types.Type) bool {
	switch t := t.Underlying().(type) {
	case *types.Interface, *types.Signature, *types.Chan:
		return true
	case *types.Pointer:
		_, ok := t.Elem().Underlying().(*types.Struct)
		return ok
	}
	return false
}

// alikeIn takes types of one name apart into groups that are nearly alike; identical ones of four members are told of already.
func alikeIn(group []shapedType) [][]shapedType {
	slices.SortFunc(group, func(a, b shapedType) int { return comparePlaces(a.place.Place, b.place.Place) })
	var groups [][]shapedType
next:
	for _, one := range group {
		for index, other := range groups {
			if other[0].kind == one.kind && other[0].place.Package != one.place.Package && nearlyAlike(other[0].members, one.members) {
				groups[index] = append(other, one)
				continue next
			}
		}
		groups = append(groups, []shapedType{one})
	}
	return slices.DeleteFunc(groups, func(alike []shapedType) bool { return len(alike) < 2 || toldAlready(alike) })
}

func toldAlready(alike []shapedType) bool {
	return len(alike[0].members) >= minIdenticalMembers && !slices.ContainsFunc(alike, func(one shapedType) bool { return !slices.Equal(one.members, alike[0].members) })
}

// nearlyAlike: two thirds of all members of both agree by name and type. Chosen by taste.
func nearlyAlike(a, b []string) bool {
	common := 0
	for _, member := range a {
		if slices.Contains(b, member) {
			common++
		}
	}
	return common*3 >= (len(a)+len(b)-common)*2
}

// duplicatesInPackages finds one name twice in a package: in the compiled files, or beside one that a constraint leaves out.
func duplicatesInPackages(t *tree.Tree) []DuplicateType {
	places := map[tree.Name][]DuplicatePlace{}
	add := func(pkg string, file *tree.File) {
		for _, spec := range typeSpecs(file.Syntax) {
			if spec.Name.Name == "_" {
				continue
			}
			name := tree.Name{Package: pkg, Name: spec.Name.Name}
			places[name] = append(places[name], DuplicatePlace{
				Package: pkg, Name: spec.Name.Name, Place: Place{file.Path, t.Line(spec.Pos())}, Constraint: constraintIn(file.Path, file.Source), Test: file.Test,
			})
		}
	}
	t.RootFiles(func(pkg *tree.Package, file *tree.File) { add(pkg.Path, file) })
	for _, pkg := range t.Packages {
		for _, file := range t.ParseIgnored(pkg) {
			path := pkg.Path
			if strings.HasSuffix(file.Syntax.Name.Name, "_test") {
				path += "_test"
			}
			if file.Syntax.Name.Name == pkg.Name || path != pkg.Path {
				add(path, file)
			}
		}
	}
	var found []DuplicateType
	for name, list := range places {
		if len(list) > 1 {
			slices.SortFunc(list, func(a, b DuplicatePlace) int { return comparePlaces(a.Place, b.Place) })
			found = append(found, DuplicateType{Name: name.Name, Scope: "package", Shape: "same-name", Kind: "other", Places: list})
		}
	}
	return found
}
