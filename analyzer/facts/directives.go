package facts

import (
	"cmp"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"

	"dce/analyzer/tree"
)

// Directive is a comment that silences a linter.
type Directive struct {
	Place
	Text string `json:"text"`
}

// Replace is a replace directive of a go.mod or go.work.
type Replace struct {
	Place
	Old string `json:"old"`
	New string `json:"new"`
}

func collectDirectives(t *tree.Tree) []Directive {
	var found []Directive
	t.RootFiles(func(_ *tree.Package, file *tree.File) {
		for _, group := range file.Syntax.Comments {
			for _, comment := range group.List {
				if silences(comment.Text) {
					found = append(found, Directive{Place{file.Path, t.Line(comment.Pos())}, clip(comment.Text, maxMarkerText)})
				}
			}
		}
	})
	return sorted(found, func(a, b Directive) int { return cmp.Or(comparePlaces(a.Place, b.Place), cmp.Compare(a.Text, b.Text)) })
}

func silences(comment string) bool {
	for _, prefix := range []string{"//nolint", "// nolint", "//lint:ignore", "//lint:file-ignore", "//revive:disable", "//exhaustive:ignore", "//gosec:disable"} {
		if strings.HasPrefix(comment, prefix) {
			return true
		}
	}
	return strings.Contains(comment, "#nosec")
}

func collectReplaces(t *tree.Tree) []Replace {
	found := []Replace{}
	add := func(path string, list []*modfile.Replace) {
		for _, one := range list {
			found = append(found, Replace{Place{t.Rel(path), one.Syntax.Start.Line}, one.Old.String(), one.New.String()})
		}
	}
	for _, module := range t.Modules {
		path := filepath.Join(module.Dir, "go.mod")
		if text, err := t.Read(path); err == nil {
			if file, err := modfile.Parse(path, text, nil); err == nil {
				add(path, file.Replace)
			}
		}
	}
	path := filepath.Join(t.Root, "go.work")
	if text, err := t.Read(path); err == nil {
		if file, err := modfile.ParseWork(path, text, nil); err == nil {
			add(path, file.Replace)
		}
	}
	return sorted(found, func(a, b Replace) int { return cmp.Or(comparePlaces(a.Place, b.Place), cmp.Compare(a.Old, b.Old)) })
}
