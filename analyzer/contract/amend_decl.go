package contract

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// replaceFunc puts a new head on a function of the file; the body stays unless one is written. A function that has these types already is left alone.
func (w *workshop) replaceFunc(one *parsed, aim *target, decl *ast.FuncDecl) bool {
	if action := actionOf(decl.Doc, nil); action != replace {
		w.fault(one.Contract, one.line(decl.Pos()), "%s %s: a function can only be replaced", directive, action)
		return false
	}
	symbol := funcSymbol(decl)
	for _, candidate := range aim.syntax.Decls {
		old, ok := candidate.(*ast.FuncDecl)
		if !ok || funcSymbol(old) != symbol {
			continue
		}
		if slices.Equal(signatureOf(old, aim.slice), signatureOf(decl, one.slice)) {
			return true // whoever implements it may have changed names and body since
		}
		from, doc := old.Pos(), withoutDirective(one, decl.Doc)
		if doc != "" {
			doc += "\n"
			if old.Doc != nil {
				from = old.Doc.Pos()
			}
		}
		head := doc + one.text(decl.Type.Func, decl.Type.End())
		if decl.Body != nil {
			return w.put(one, aim, from, old.End(), doc+one.text(decl.Type.Func, decl.Body.End()))
		}
		return w.put(one, aim, from, old.Type.End(), head)
	}
	w.missing(one, decl.Pos(), symbol)
	return false
}

// signatureOf are the types of a function's receiver, type parameters, parameters and results, without names.
func signatureOf(decl *ast.FuncDecl, text func(node ast.Node) string) []string {
	var parts []string
	for _, list := range []*ast.FieldList{decl.Recv, decl.Type.TypeParams, decl.Type.Params, decl.Type.Results} {
		parts = append(parts, "|")
		if list == nil {
			continue
		}
		for _, field := range list.List {
			for range max(1, len(field.Names)) {
				parts = append(parts, squeeze(text(field.Type)))
			}
		}
	}
	return parts
}

func (w *workshop) put(one *parsed, aim *target, from, to token.Pos, text string) bool {
	if err := aim.put(from, to, text); err != nil {
		w.fault(one.Contract, 0, "%s is not Go after the change: %v", aim.path, err)
		return false
	}
	return true
}

// missing says where a symbol is that is not in the file.
func (w *workshop) missing(one *parsed, at token.Pos, symbol string) {
	known := w.scopeOf(slashDir(one.Path)).symbols[space(one.Path, one.syntax.Name.Name)]
	if found, ok := known[symbol]; ok {
		w.fault(one.Contract, one.line(at), "%s is not in %s but in %s line %d: amend it there", symbol, one.Path, found.file, found.line)
		return
	}
	w.fault(one.Contract, one.line(at), "%s is not declared in %s, so it cannot be amended; new declarations are of kind declare", symbol, one.Path)
}

func (w *workshop) amendSpec(one *parsed, aim *target, group *ast.GenDecl, spec ast.Spec) bool {
	doc := group.Doc
	if typed, ok := spec.(*ast.TypeSpec); ok && typed.Doc != nil {
		doc = typed.Doc
	} else if valued, ok := spec.(*ast.ValueSpec); ok && valued.Doc != nil {
		doc = valued.Doc
	}
	names := specNames(spec)
	old := findSpec(aim, names)
	if old == nil {
		w.missing(one, spec.Pos(), strings.Join(names, ", "))
		return false
	}
	switch action := actionOf(doc, spec); action {
	case addFields, addMethods:
		return w.addMembers(one, aim, action, spec, old)
	case replace:
		return w.put(one, aim, old.Pos(), old.End(), one.text(spec.Pos(), spec.End()))
	default:
		w.fault(one.Contract, one.line(spec.Pos()), "%s %s: it is one of %s, %s, %s", directive, action, addFields, addMethods, replace)
		return false
	}
}

// findSpec finds the declaration of exactly these names.
func findSpec(aim *target, names []string) ast.Spec {
	for _, decl := range aim.syntax.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok == token.IMPORT {
			continue
		}
		for _, spec := range group.Specs {
			if slices.Equal(specNames(spec), names) {
				return spec
			}
		}
	}
	return nil
}

// addMembers adds the fields of a struct or the methods of an interface that are not there yet.
func (w *workshop) addMembers(one *parsed, aim *target, action string, spec, old ast.Spec) bool {
	list, kind := membersOf(spec)
	known, knownKind := membersOf(old)
	if list == nil || known == nil || kind != knownKind || (kind == "struct") != (action == addFields) {
		w.fault(one.Contract, one.line(spec.Pos()), "%s %s fits no %s", directive, action, describe(old))
		return false
	}
	there := map[string]string{}
	for _, field := range known.List {
		for _, name := range memberNames(field) {
			there[name] = squeeze(aim.slice(field.Type))
		}
	}
	var lines []string
	for _, field := range list.List {
		for _, name := range memberNames(field) {
			text := one.text(field.Type.Pos(), field.Type.End())
			if have, ok := there[name]; ok {
				if have != squeeze(text) {
					w.fault(one.Contract, one.line(field.Pos()), "%s has %s already, as %s", specNames(spec)[0], name, have)
					return false
				}
				continue
			}
			lines = append(lines, memberText(one, field, name))
		}
	}
	if len(lines) == 0 {
		return true
	}
	text := strings.Join(lines, "\n") + "\n"
	if before := strings.TrimRight(string(aim.text[:aim.offset(known.Closing)]), " \t"); !strings.HasSuffix(before, "\n") {
		text = "\n" + text
	}
	return w.put(one, aim, known.Closing, known.Closing, text)
}

func (t *target) slice(node ast.Node) string {
	return string(t.text[t.offset(node.Pos()):t.offset(node.End())])
}

func membersOf(spec ast.Spec) (list *ast.FieldList, kind string) {
	typed, ok := spec.(*ast.TypeSpec)
	if !ok {
		return nil, ""
	}
	switch body := typed.Type.(type) {
	case *ast.StructType:
		return body.Fields, "struct"
	case *ast.InterfaceType:
		return body.Methods, "interface"
	}
	return nil, ""
}

func describe(spec ast.Spec) string {
	if _, kind := membersOf(spec); kind != "" {
		return kind
	}
	return "declaration that is neither a struct nor an interface"
}

// memberNames: an embedded type goes by its own name.
func memberNames(field *ast.Field) []string {
	if len(field.Names) == 0 {
		return []string{baseName(field.Type)}
	}
	var names []string
	for _, name := range field.Names {
		names = append(names, name.Name)
	}
	return names
}

func memberText(one *parsed, field *ast.Field, name string) string {
	text := ""
	if field.Doc != nil {
		text = one.text(field.Doc.Pos(), field.Doc.End()) + "\n"
	}
	if len(field.Names) > 0 {
		text += name
		if fn, ok := field.Type.(*ast.FuncType); !ok || fn.Func.IsValid() {
			text += " " // not so in a method of an interface
		}
	}
	text += one.text(field.Type.Pos(), field.Type.End())
	if field.Tag != nil {
		text += " " + field.Tag.Value
	}
	if field.Comment != nil {
		text += " " + one.text(field.Comment.Pos(), field.Comment.End())
	}
	return text
}
