package contract

import (
	"cmp"
	"context"
	"fmt"
	"go/ast"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"dce/analyzer/tree"
)

// ChecksRequest asks how declared contracts compare with the tree.
type ChecksRequest struct {
	tree.Request
	Contracts []Contract `json:"contracts"`
}

// SymbolCheck is one declared symbol against the tree. Methods are named Type.Method.
type SymbolCheck struct {
	Task     string `json:"task"`
	Path     string `json:"path"`
	Package  string `json:"package"`
	Symbol   string `json:"symbol"`
	State    string `json:"state"`
	Expected string `json:"expected"`
	Found    string `json:"found"`
	File     string `json:"file"`
}

// ChecksAnswer has a check for every declared symbol.
type ChecksAnswer struct {
	Checks []SymbolCheck `json:"checks"`
	Faults []Fault       `json:"faults"`
}

// expectedPrefix renames a declared symbol, so that it can stand beside the real one and be compared with it.
const expectedPrefix = "dce_expected_"

// expectation is a declared symbol: beside the real one under another name, or under its own when the tree does not have it.
type expectation struct {
	of      *parsed
	symbol  string
	renamed string
	missing bool
}

// Checks type-checks the declarations of all contracts inside the tree's packages, and compares the types.
func Checks(ctx context.Context, request ChecksRequest) (*ChecksAnswer, error) {
	root, err := filepath.EvalSymlinks(request.Root)
	if err != nil {
		return nil, err
	}
	w := &workshop{request: Request{Root: root, Dir: request.Dir, Tags: request.Tags}, root: root, scopes: map[string]*scope{}}
	var declares []*parsed
	for _, one := range request.Contracts {
		if read := w.parse(one); read != nil && one.Kind == "declare" && !strings.HasSuffix(one.Path, "_test.go") {
			declares = append(declares, read)
		}
	}
	var expected []expectation
	request.Extend = func(t *tree.Tree) map[string][]tree.Source {
		var sources map[string][]tree.Source
		sources, expected = w.expect(t, declares)
		return sources
	}
	t, err := tree.Load(ctx, request.Request)
	if err != nil {
		return nil, err
	}
	answer := &ChecksAnswer{Checks: []SymbolCheck{}, Faults: append([]Fault{}, w.faults...)}
	for _, one := range expected {
		answer.Checks = append(answer.Checks, compare(t, findPackage(t, slashDir(one.of.Path)), one))
	}
	slices.SortStableFunc(answer.Checks, func(a, b SymbolCheck) int {
		return cmp.Or(cmp.Compare(a.Task, b.Task), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Symbol, b.Symbol))
	})
	return answer, nil
}

// expect writes one file per contract: what the tree has under another name, what it has not as it stands.
func (w *workshop) expect(t *tree.Tree, declares []*parsed) (map[string][]tree.Source, []expectation) {
	sources, names := map[string][]tree.Source{}, newQualifiers(t)
	var expected []expectation
	for index, one := range declares {
		pkg := findPackage(t, slashDir(one.Path))
		known := declaredIn(pkg)
		text := ""
		for _, decl := range declarations(one.syntax) {
			for _, candidate := range one.split(decl) {
				prefix := fmt.Sprintf("%s%d_", expectedPrefix, index)
				for _, symbol := range candidate.symbols {
					if symbol == "_" {
						continue
					}
					all := expectation{of: one, symbol: symbol, renamed: symbol, missing: !known[symbol]}
					if known[symbol] {
						all.renamed = renamed(symbol, prefix)
					}
					expected = append(expected, all)
				}
				text += one.print(decl, one.rename(candidate, known, prefix), candidate.symbols) + "\n"
			}
		}
		if pkg != nil {
			head := "package " + pkg.Name + "\n" + one.importLines(pkg, names)
			sources[pkg.Path] = append(sources[pkg.Path], tree.Source{Name: fmt.Sprintf("zz_dce_expected_%d.go", index), Text: []byte(head + text)})
		}
	}
	return sources, expected
}

// importLines are the contract's own imports, and those it forgot.
func (p *parsed) importLines(pkg *tree.Package, names *qualifiers) string {
	var lines strings.Builder
	own := map[string]bool{}
	for _, spec := range p.syntax.Imports {
		path := importPath(spec)
		own[guessName(path)] = true
		if spec.Name != nil {
			own[spec.Name.Name] = true
		}
		lines.WriteString("import " + p.text(spec.Pos(), spec.End()) + "\n")
	}
	for _, use := range qualifiersInTypes(p.syntax) {
		if path := names.pathOf(pkg.Path, use.Name); path != "" && !own[use.Name] {
			own[use.Name] = true
			lines.WriteString("import " + use.Name + " \"" + path + "\"\n")
		}
	}
	return lines.String()
}

func declaredIn(pkg *tree.Package) map[string]bool {
	known := map[string]bool{}
	if pkg == nil {
		return known
	}
	for _, file := range pkg.Files {
		for _, decl := range file.Syntax.Decls {
			for _, symbol := range symbolsOf(decl) {
				known[symbol] = true
			}
		}
	}
	return known
}

// renamed keeps a method's type: Rate.Charge becomes Rate.prefixCharge.
func renamed(symbol, prefix string) string {
	if receiver, method, ok := strings.Cut(symbol, "."); ok {
		return receiver + "." + prefix + method
	}
	return prefix + symbol
}

// compare finds both in the type-checked package.
func compare(t *tree.Tree, pkg *tree.Package, one expectation) SymbolCheck {
	check := SymbolCheck{Task: one.of.Task, Path: one.of.Path, Symbol: one.symbol, State: "missing"}
	if pkg == nil || pkg.Types == nil {
		return check
	}
	check.Package = pkg.Path
	wanted := lookUp(pkg, one.renamed)
	if wanted != nil {
		check.Expected = strings.ReplaceAll(tree.CanonicalObject(wanted), expectedPrefix, "")
	}
	if one.missing {
		return check
	}
	found := lookUp(pkg, one.symbol)
	if found == nil {
		return check
	}
	check.Found = tree.CanonicalObject(found)
	check.File, _ = t.Position(found.Pos())
	check.State = "different"
	if wanted != nil && agrees(wanted, found) {
		check.State = "same"
	}
	return check
}

func lookUp(pkg *tree.Package, symbol string) types.Object {
	receiver, method, isMethod := strings.Cut(symbol, ".")
	if !isMethod {
		return pkg.Types.Scope().Lookup(symbol)
	}
	owner, ok := pkg.Types.Scope().Lookup(receiver).(*types.TypeName)
	if !ok {
		return nil
	}
	object, _, _ := types.LookupFieldOrMethod(owner.Type(), true, pkg.Types, method)
	return object
}

// agrees: identical types, and of a struct at least the declared fields. The kinds of declaration agree too, and a method's pointer.
func agrees(wanted, found types.Object) bool {
	if strings.Contains(tree.CanonicalObject(wanted), "invalid type") {
		return false
	}
	_, wantsType := wanted.(*types.TypeName)
	_, hasType := found.(*types.TypeName)
	if wantsType != hasType || fmt.Sprintf("%T", wanted) != fmt.Sprintf("%T", found) {
		return false
	}
	if wantsType {
		wantedFields, ok := wanted.Type().Underlying().(*types.Struct)
		foundFields, both := found.Type().Underlying().(*types.Struct)
		if ok && both {
			return hasFields(foundFields, wantedFields)
		}
	}
	if fn, ok := wanted.(*types.Func); ok && onPointer(fn) != onPointer(found.(*types.Func)) {
		return false
	}
	return tree.CanonicalObject(wanted) == tree.CanonicalObject(found)
}

func onPointer(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	if recv == nil {
		return false
	}
	_, pointer := types.Unalias(recv.Type()).(*types.Pointer)
	return pointer
}

func hasFields(found, wanted *types.Struct) bool {
	there := map[string]string{}
	for index := range found.NumFields() {
		there[found.Field(index).Name()] = tree.Canonical(found.Field(index).Type())
	}
	for index := range wanted.NumFields() {
		if there[wanted.Field(index).Name()] != tree.Canonical(wanted.Field(index).Type()) {
			return false
		}
	}
	return true
}

// rename gives the names of a declaration that the tree has the prefix, in the text alone.
func (p *parsed) rename(one piece, known map[string]bool, prefix string) piece {
	var names []*ast.Ident
	switch node := one.node.(type) {
	case *ast.FuncDecl:
		if known[one.symbols[0]] {
			names = append(names, node.Name)
		}
	case *ast.TypeSpec:
		if known[node.Name.Name] {
			names = append(names, node.Name)
		}
	case *ast.GenDecl:
		for _, spec := range node.Specs {
			for _, name := range spec.(*ast.ValueSpec).Names {
				if known[name.Name] {
					names = append(names, name)
				}
			}
		}
	}
	from, text := one.node.Pos(), ""
	for _, name := range names {
		text += p.text(from, name.Pos()) + prefix
		from = name.Pos()
	}
	one.text = text + p.text(from, one.node.End())
	return one
}
