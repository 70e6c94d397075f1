package facts

import (
	"cmp"
	"go/ast"
	"strings"
	"unicode"
	"unicode/utf8"

	"dce/analyzer/tree"
)

// Marker is a comment or text that says work is unfinished.
type Marker struct {
	Place
	Text string `json:"text"`
	Kind string `json:"kind"`
	In   string `json:"in"`
}

// maxMarkerText bounds a marker's text, in bytes. Chosen by taste.
const maxMarkerText = 200

// markerWords, the first that fits gives the kind. TODO and FIXME count in capitals only: "todo" is also a word of applications.
var markerWords = []struct {
	words, kind string
	exact       bool
}{
	{"TODO", "todo", true}, {"FIXME", "fixme", true}, {"XXX", "fixme", true}, {"for now", "for-now", false}, {"placeholder", "placeholder", false},
	{"not implemented", "not-implemented", false}, {"not yet implemented", "not-implemented", false}, {"unimplemented", "not-implemented", false},
}

func markerKind(text string) (string, bool) {
	lower := strings.ToLower(text)
	for _, one := range markerWords {
		if one.exact && hasWords(text, one.words) || !one.exact && hasWords(lower, one.words) {
			return one.kind, true
		}
	}
	return "", false
}

// hasWords finds words that stand for themselves, not inside others.
func hasWords(text, words string) bool {
	for start := 0; ; {
		index := strings.Index(text[start:], words)
		if index < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(text[:start+index])
		after, _ := utf8.DecodeRuneInString(text[start+index+len(words):])
		if !inWord(before) && !inWord(after) {
			return true
		}
		start += index + len(words)
	}
}

func inWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}

func collectMarkers(t *tree.Tree) []Marker {
	var markers []Marker
	t.RootFiles(func(pkg *tree.Package, file *tree.File) {
		if !pkg.Matched || file.Generated {
			return
		}
		markers = append(markers, commentMarkers(t, file)...)
		markers = append(markers, textMarkers(t, file)...)
	})
	return sorted(markers, func(a, b Marker) int { return cmp.Or(comparePlaces(a.Place, b.Place), cmp.Compare(a.Text, b.Text)) })
}

func commentMarkers(t *tree.Tree, file *tree.File) []Marker {
	var markers []Marker
	for _, group := range file.Syntax.Comments {
		for _, comment := range group.List {
			first := t.Line(comment.Pos())
			for index, line := range strings.Split(comment.Text, "\n") {
				if kind, ok := markerKind(line); ok {
					markers = append(markers, Marker{Place: Place{file.Path, first + index}, Text: plainComment(line), Kind: kind, In: "comment"})
				}
			}
		}
	}
	return markers
}

func plainComment(text string) string {
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(text), "//"), "/*"), "*/"))
	return clip(text, maxMarkerText)
}

func clip(text string, size int) string {
	if len(text) <= size {
		return text
	}
	for size > 0 && !utf8.RuneStart(text[size]) {
		size--
	}
	return text[:size] + "…"
}

// textMarkers looks at what is panicked with, and at the texts of errors.
func textMarkers(t *tree.Tree, file *tree.File) []Marker {
	var markers []Marker
	ast.Inspect(file.Syntax, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		name, isPanic := call.Fun.(*ast.Ident)
		if !(isPanic && name.Name == "panic") && !isTextCall(call) {
			return true
		}
		if text, ok := textOf(call.Args[0]); ok {
			if kind, ok := markerKind(text); ok {
				markers = append(markers, Marker{Place: Place{file.Path, t.Line(call.Args[0].Pos())}, Text: clip(text, maxMarkerText), Kind: kind, In: "string"})
			}
		}
		return true
	})
	return markers
}
