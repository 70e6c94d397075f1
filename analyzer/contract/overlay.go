// Package contract turns contracts, Go text that crosses a task's border, into a go build -overlay, and holds them against a tree.
// The format is described at GoContract in src/go-analyzer.ts.
package contract

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dce/analyzer/tree"
)

// Contract is one text of one task.
type Contract struct {
	Task   string `json:"task"`
	Path   string `json:"path"`
	Kind   string `json:"kind"`
	Source string `json:"source"`
}

// Request asks for an overlay.
type Request struct {
	Root      string     `json:"root"`
	Dir       string     `json:"dir"`
	OutDir    string     `json:"outDir"`
	Contracts []Contract `json:"contracts"`
	Except    []string   `json:"except"`
	// StandIns are files of the tree that hold nothing but what a contract made of them: they count as absent.
	StandIns []string `json:"standIns"`
	Tags     []string `json:"tags"`
}

// Fault is what is wrong with a contract, for whoever wrote it. Line counts in its source; 0 is about the whole.
type Fault struct {
	Task    string `json:"task"`
	Path    string `json:"path"`
	Line    int    `json:"line"`
	Message string `json:"message"`
}

// File is one overlaid file. Dirs are the folders of the tree whose packages its text imports, and its own.
type File struct {
	Path      string   `json:"path"`
	Generated string   `json:"generated"`
	Kind      string   `json:"kind"`
	Tasks     []string `json:"tasks"`
	Dirs      []string `json:"dirs"`
}

// Dropped is a declared symbol that the tree has already.
type Dropped struct {
	Task   string `json:"task"`
	Path   string `json:"path"`
	Symbol string `json:"symbol"`
	File   string `json:"file"`
	Line   int    `json:"line"`
}

// Answer is the overlay that was made.
type Answer struct {
	OverlayFile string    `json:"overlayFile"`
	Files       []File    `json:"files"`
	EmptyDirs   []string  `json:"emptyDirs"`
	Dropped     []Dropped `json:"dropped"`
	Faults      []Fault   `json:"faults"`
}

// workshop holds what is made while contracts are turned into files.
type workshop struct {
	request Request
	root    string
	scopes  map[string]*scope
	names   *packageNames
	modules []*tree.Module
	texts   map[string][]byte // by path in the tree
	files   []File
	dropped []Dropped
	faults  []Fault
}

func (w *workshop) fault(c Contract, line int, format string, args ...any) {
	w.faults = append(w.faults, Fault{Task: c.Task, Path: c.Path, Line: line, Message: fmt.Sprintf(format, args...)})
}

// Overlay makes the overlay. Faults of contracts are in the answer; an error is one of this machine.
func Overlay(ctx context.Context, request Request) (*Answer, error) {
	w, err := makeTexts(ctx, request)
	if err != nil {
		return nil, err
	}
	return w.write()
}

// makeTexts makes all texts, without writing any.
func makeTexts(ctx context.Context, request Request) (*workshop, error) {
	root, err := filepath.EvalSymlinks(request.Root)
	if err != nil {
		return nil, err
	}
	w := &workshop{request: request, root: root, scopes: map[string]*scope{}, texts: map[string][]byte{}}
	var declares, amends []*parsed
	for _, one := range request.Contracts {
		if slices.Contains(request.Except, one.Task) {
			continue
		}
		read := w.parse(one)
		switch {
		case read == nil:
		case one.Kind == "declare":
			declares = append(declares, read)
		default:
			amends = append(amends, read)
		}
	}
	if w.names, err = w.lookUpNames(ctx, slices.Concat(declares, amends)); err != nil {
		return nil, err
	}
	w.checkImports(slices.Concat(declares, amends))
	w.declare(declares)
	w.amend(amends)
	return w, nil
}

func (w *workshop) write() (*Answer, error) {
	answer := &Answer{OverlayFile: filepath.Join(w.request.OutDir, "overlay.json"), Files: []File{}, EmptyDirs: []string{}, Dropped: []Dropped{}, Faults: []Fault{}}
	replace := map[string]string{}
	for _, file := range w.files {
		file.Dirs = w.dirsOf(file)
		file.Generated = filepath.Join(w.request.OutDir, "files", filepath.FromSlash(file.Path))
		if err := writeFile(file.Generated, w.texts[file.Path]); err != nil {
			return nil, err
		}
		replace[filepath.Join(w.root, filepath.FromSlash(file.Path))] = file.Generated
		answer.Files = append(answer.Files, file)
		if dir := slashDir(file.Path); !tree.Exists(filepath.Join(w.root, filepath.FromSlash(dir))) {
			answer.EmptyDirs = append(answer.EmptyDirs, dir)
		}
	}
	text, err := json.MarshalIndent(map[string]any{"Replace": replace}, "", "\t")
	if err != nil {
		return nil, err
	}
	if err := writeFile(answer.OverlayFile, append(text, '\n')); err != nil {
		return nil, err
	}
	slices.SortFunc(answer.Files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	slices.Sort(answer.EmptyDirs)
	answer.EmptyDirs = slices.Compact(answer.EmptyDirs)
	answer.Dropped = append(answer.Dropped, w.dropped...)
	answer.Faults = append(answer.Faults, w.faults...)
	return answer, nil
}

func writeFile(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

func slashDir(path string) string {
	if index := strings.LastIndex(path, "/"); index >= 0 {
		return path[:index]
	}
	return "."
}
