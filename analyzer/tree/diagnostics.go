package tree

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Kinds of diagnostics; see src/go-facts.ts.
const (
	KindSyntax = "syntax"
	KindType   = "type"
	KindList   = "list"
	KindModule = "module"
	KindImport = "import"
)

// Diagnostic is one error of the tree.
type Diagnostic struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
	Kind    string `json:"kind"`
	Package string `json:"package"`
	Test    bool   `json:"test"`
}

func compareDiagnostics(a, b Diagnostic) int {
	return cmp.Or(
		cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
		cmp.Compare(a.Message, b.Message), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Package, b.Package),
	)
}

// AllDiagnostics are go list's, the parser's and the type checker's, each once.
func (t *Tree) AllDiagnostics() []Diagnostic {
	all := slices.Clone(t.Diagnostics)
	for _, pkg := range slices.Concat(t.Packages, t.Tests) {
		all = append(all, pkg.Errors...)
	}
	slices.SortFunc(all, compareDiagnostics)
	all = slices.CompactFunc(all, func(a, b Diagnostic) bool {
		return a.File == b.File && a.Line == b.Line && a.Column == b.Column && a.Message == b.Message
	})
	return dropListed(all)
}

// dropListed drops what go list says in other words about a place that the parser or the type checker speaks of.
func dropListed(all []Diagnostic) []Diagnostic {
	type place struct {
		file string
		line int
	}
	syntax, known := map[string]bool{}, map[place]bool{}
	for _, one := range all {
		if one.Kind == KindSyntax && one.Column != listedColumn {
			syntax[one.File] = true
		}
		if one.Column != listedColumn {
			known[place{one.File, one.Line}] = true
		}
	}
	kept := slices.DeleteFunc(all, func(one Diagnostic) bool {
		return one.Column == listedColumn && one.File != "" && (syntax[one.File] || known[place{one.File, one.Line}])
	})
	for index := range kept {
		kept[index].Column = max(kept[index].Column, 0)
	}
	return kept
}

// listedColumn marks a diagnostic of go list while they are merged.
const listedColumn = -1

// addTrouble keeps what go list said on standard error: about modules, for what it says of packages stands with them.
func (t *Tree) addTrouble(text string) {
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimPrefix(strings.TrimSpace(line), "go: ")
		if line == "" || strings.HasPrefix(line, "warning: ") || strings.HasPrefix(line, "downloading ") || strings.HasPrefix(line, "finding ") {
			continue
		}
		t.Diagnostics = append(t.Diagnostics, Diagnostic{Message: line, Kind: KindModule})
	}
}

// addListError keeps the error of an entry when no type checker will say it better.
func (t *Tree) addListError(one *entry) {
	if one.Error == nil || saysNothing(one.Error.Err) {
		return
	}
	kind := kindOfListError(one.Error.Err)
	message := strings.Join(strings.Fields(one.Error.Err), " ")
	if strings.Contains(message, "import cycle not allowed") {
		message += ": " + strings.Join(one.Error.ImportStack, " imports ")
	}
	file, line := t.splitPos(one.Error.Pos)
	pkg := one.path()
	if !one.inMainModule() {
		pkg = importerIn(one.Error.ImportStack)
	}
	t.Diagnostics = append(t.Diagnostics, Diagnostic{
		File: file, Line: line, Column: listedColumn, Message: message, Kind: kind, Package: pkg, Test: strings.HasSuffix(file, "_test.go"),
	})
}

// saysNothing tells of folders whose files are all excluded or all tests: they are told of as facts.
func saysNothing(text string) bool {
	return strings.Contains(text, "build constraints exclude all Go files") || strings.Contains(text, "no non-test Go files") ||
		strings.Contains(text, "no Go files in")
}

func kindOfListError(text string) string {
	switch {
	case strings.Contains(text, "expected ") && strings.Contains(text, "found "):
		return KindSyntax
	case strings.Contains(text, "import cycle"):
		return KindImport
	case strings.Contains(text, "go.sum"), strings.Contains(text, "go.mod"), strings.Contains(text, "no required module"),
		strings.Contains(text, "module lookup disabled"), strings.Contains(text, "missing module"), strings.Contains(text, "vendor/modules.txt"),
		strings.Contains(text, "inconsistent vendoring"), strings.Contains(text, "does not contain package"):
		return KindModule
	case strings.Contains(text, "is not in std"), strings.Contains(text, "cannot find package"), strings.Contains(text, "use of internal package"):
		return KindImport
	}
	return KindList
}

// importerIn is the package that imports the last one of an import stack.
func importerIn(stack []string) string {
	if len(stack) < 2 {
		return ""
	}
	path, _, _ := strings.Cut(stack[len(stack)-2], " ")
	return strings.TrimSuffix(path, ".test")
}

// splitPos reads "file:line:column" as go list prints it: absolute, or relative to the folder it ran in.
func (t *Tree) splitPos(pos string) (file string, line int) {
	if pos == "" {
		return "", 0
	}
	parts := strings.Split(pos, ":")
	for len(parts) > 1 {
		number, err := strconv.Atoi(parts[len(parts)-1])
		if err != nil {
			break
		}
		line = number
		parts = parts[:len(parts)-1]
	}
	return t.relFromDir(strings.Join(parts, ":")), line
}
