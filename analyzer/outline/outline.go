// Package outline turns a tree into a text for a prompt: what there is to build on, most relevant first, within a size.
package outline

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"dce/analyzer/tree"
)

// Request asks for an outline of at most MaxBytes. Focus are words that make a package relevant: names of symbols and of folders, letter by letter.
type Request struct {
	tree.Request
	MaxBytes int      `json:"maxBytes"`
	Focus    []string `json:"focus"`
}

// Answer is the outline; Cut says in words what it leaves out.
type Answer struct {
	Text string `json:"text"`
	Cut  string `json:"cut"`
}

// section is what can be said of one package, and how much of it is said.
type section struct {
	pkg   *tree.Package
	score int
	texts [levels]string
	level int
}

// How much is said of a package: its head line; the names of its declarations; the declarations that the focus names, and names of the others; all declarations.
const (
	headLevel = iota
	namesLevel
	focusLevel
	wholeLevel
	levels
)

// reserved are bytes kept for the line about what was cut.
const reserved = 160

// Outline gives every package its head line first, then names and declarations to the most relevant ones while there is room.
func Outline(ctx context.Context, request Request) (*Answer, error) {
	request.ParseOnly = true
	t, err := tree.Load(ctx, request.Request)
	if err != nil {
		return nil, err
	}
	sections := rank(t, request.Focus)
	head := headOf(t)
	room := request.MaxBytes - len(head) - reserved
	shown := 0
	for _, one := range sections {
		if len(one.texts[headLevel]) > room {
			break
		}
		room -= len(one.texts[headLevel])
		shown++
	}
	fill(sections[:shown], room)
	answer := &Answer{Cut: cutWords(sections, shown)}
	var text strings.Builder
	text.WriteString(head)
	for _, one := range sections[:shown] {
		text.WriteString(one.texts[one.level])
	}
	if answer.Cut != "" {
		text.WriteString("\n(" + answer.Cut + ")\n")
	}
	answer.Text = text.String()
	if len(answer.Text) > request.MaxBytes {
		answer.Text, answer.Cut = "", "everything: there is no room for a single package"
	}
	return answer, nil
}

// fill spends the room on what the focus names, then most of it on declarations of the most relevant packages, then on names of the others,
// then the rest on declarations again.
func fill(sections []*section, room int) {
	keep := room - room*2/3 // chosen by taste
	grow := func(level int, keep int) {
		for _, one := range sections {
			if level == focusLevel && one.texts[level] == one.texts[namesLevel] {
				continue
			}
			if more := len(one.texts[level]) - len(one.texts[one.level]); one.level < level && more <= room-keep {
				one.level = level
				room -= more
			}
		}
	}
	grow(focusLevel, keep)
	grow(wholeLevel, keep)
	grow(namesLevel, 0)
	grow(wholeLevel, 0)
}

func headOf(t *tree.Tree) string {
	var text strings.Builder
	for _, module := range t.Modules {
		fmt.Fprintf(&text, "module %s in %s, go %s\n", module.Path, t.Rel(module.Dir), module.GoVersion)
	}
	return text.String()
}

func cutWords(sections []*section, shown int) string {
	var names, heads int
	for _, one := range sections[:shown] {
		switch {
		case one.texts[one.level] == one.texts[wholeLevel]:
		case one.level == headLevel:
			heads++
		default:
			names++
		}
	}
	var parts []string
	if names > 0 {
		parts = append(parts, fmt.Sprintf("%d packages by names only or in part", names))
	}
	if heads > 0 {
		parts = append(parts, fmt.Sprintf("%d packages by one line only", heads))
	}
	if left := len(sections) - shown; left > 0 {
		parts = append(parts, fmt.Sprintf("%d packages left out", left))
	}
	if len(parts) == 0 {
		return ""
	}
	return "cut to size: " + strings.Join(parts, ", ")
}

// Weights of what makes a package relevant. Chosen by taste: a word of the feature counts more than any number of importers.
const (
	inPathWeight   = 1000
	inSymbolWeight = 100
)

// rank puts packages that the focus names first, then those that most others import; equals by their path.
func rank(t *tree.Tree, focus []string) []*section {
	importers := map[string]int{}
	for _, pkg := range t.Packages {
		for _, imported := range pkg.Imports {
			importers[imported]++
		}
	}
	words := map[string]bool{}
	for _, word := range focus {
		words[word] = true
	}
	var sections []*section
	for _, pkg := range t.Packages {
		if !pkg.Matched || len(pkg.Files) == 0 {
			continue
		}
		one, named := describe(t.Fset, pkg, words)
		one.score = importers[pkg.Path] + named*inSymbolWeight
		if words[path.Base(pkg.Dir)] {
			one.score += inPathWeight
		}
		sections = append(sections, one)
	}
	slices.SortFunc(sections, func(a, b *section) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.pkg.Path, b.pkg.Path))
	})
	return sections
}
