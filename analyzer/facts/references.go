package facts

import (
	"cmp"
	"context"
	"go/token"
	"go/types"
	"slices"

	"dce/analyzer/tree"
)

// ReferencesRequest asks who uses symbols.
type ReferencesRequest struct {
	tree.Request
	Symbols []tree.Name `json:"symbols"`
}

// UsingFile is a file that uses a symbol, and where.
type UsingFile struct {
	File    string `json:"file"`
	Package string `json:"package"`
	Lines   []int  `json:"lines"`
	Test    bool   `json:"test"`
}

// SymbolUses are the users of one symbol.
type SymbolUses struct {
	tree.Name
	Known bool        `json:"known"`
	Files []UsingFile `json:"files"`
}

// ReferencesAnswer has one entry per symbol asked, in that order.
type ReferencesAnswer struct {
	Symbols []SymbolUses `json:"symbols"`
}

// References finds the files that name a symbol. Who uses a field or method of a type uses the type.
func References(ctx context.Context, request ReferencesRequest) (*ReferencesAnswer, error) {
	t, err := tree.Load(ctx, request.Request)
	if err != nil {
		return nil, err
	}
	members := memberNames(t)
	declared := declaredNames(t, members)
	uses := map[tree.Name]map[*tree.File]*UsingFile{}
	t.RootFiles(func(pkg *tree.Package, file *tree.File) { collectUses(t, pkg, file, members, uses) })
	answer := &ReferencesAnswer{Symbols: []SymbolUses{}}
	for _, name := range request.Symbols {
		one := SymbolUses{Name: name, Known: declared[name], Files: []UsingFile{}}
		for _, file := range uses[name] {
			slices.Sort(file.Lines)
			file.Lines = slices.Compact(file.Lines)
			one.Files = append(one.Files, *file)
		}
		slices.SortFunc(one.Files, func(a, b UsingFile) int { return cmp.Compare(a.File, b.File) })
		answer.Symbols = append(answer.Symbols, one)
	}
	return answer, nil
}

// memberNames are the fields of named structs by where they stand: variants share the syntax, not the objects.
func memberNames(t *tree.Tree) map[token.Pos]tree.Name {
	members := map[token.Pos]tree.Name{}
	declaredTypes(t, func(_ *tree.Package, _ *tree.File, named *types.Named) {
		structure, ok := named.Underlying().(*types.Struct)
		if !ok {
			return
		}
		for index := range structure.NumFields() {
			field := structure.Field(index)
			members[field.Pos()] = tree.Name{Package: named.Obj().Pkg().Path(), Name: field.Name(), Receiver: named.Obj().Name()}
		}
	})
	return members
}

func declaredNames(t *tree.Tree, members map[token.Pos]tree.Name) map[tree.Name]bool {
	declared := map[tree.Name]bool{}
	for _, name := range members {
		declared[name] = true
	}
	t.RootFiles(func(pkg *tree.Package, file *tree.File) {
		for ident, object := range pkg.Info.Defs {
			if name, ok := tree.NameOf(object); ok && ident.Pos() >= file.Syntax.FileStart && ident.Pos() <= file.Syntax.FileEnd {
				declared[name] = true
			}
		}
	})
	return declared
}

func collectUses(t *tree.Tree, pkg *tree.Package, file *tree.File, members map[token.Pos]tree.Name, uses map[tree.Name]map[*tree.File]*UsingFile) {
	add := func(name tree.Name, pos token.Pos) {
		if uses[name] == nil {
			uses[name] = map[*tree.File]*UsingFile{}
		}
		if uses[name][file] == nil {
			uses[name][file] = &UsingFile{File: file.Path, Package: pkg.Path, Test: file.Test}
		}
		uses[name][file].Lines = append(uses[name][file].Lines, t.Line(pos))
	}
	for ident, object := range pkg.Info.Uses {
		if ident.Pos() < file.Syntax.FileStart || ident.Pos() > file.Syntax.FileEnd {
			continue
		}
		name, ok := tree.NameOf(object)
		if variable, isVar := object.(*types.Var); isVar && variable.IsField() {
			name, ok = members[variable.Origin().Pos()]
		}
		if !ok {
			continue
		}
		add(name, ident.Pos())
		if name.Receiver != "" {
			add(tree.Name{Package: name.Package, Name: name.Receiver}, ident.Pos())
		}
	}
}
