package tree

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// readOverlay reads a go build -overlay file. A replacement of "" deletes the file.
func readOverlay(path string) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var overlay struct{ Replace map[string]string }
	if err := json.Unmarshal(data, &overlay); err != nil {
		return nil, fmt.Errorf("%s is no overlay file: %w", path, err)
	}
	real := map[string]string{}
	for from, to := range overlay.Replace {
		real[realPath(from)] = to
	}
	return real, nil
}

// realPath follows the links of the nearest folder that exists: a file of an overlay may not.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path
	}
	return filepath.Join(realPath(parent), filepath.Base(path))
}

// fileCache parses each file once, on all cores, whatever number of variants it belongs to.
type fileCache struct {
	root     string
	replaced map[string]string
	fset     *token.FileSet
	files    map[string]*cachedFile
	working  sync.WaitGroup
	slots    chan struct{}
}

type cachedFile struct {
	file *File
	pkg  string
}

func (c *fileCache) read(abs string) ([]byte, error) {
	if to, ok := c.replaced[abs]; ok {
		if to == "" {
			return nil, os.ErrNotExist
		}
		return os.ReadFile(to)
	}
	return os.ReadFile(abs)
}

// parse answers at once; the file is complete after wait.
func (c *fileCache) parse(abs, pkg string) *File {
	if known, ok := c.files[abs]; ok {
		return known.file
	}
	file := c.newFile(abs)
	c.files[abs] = &cachedFile{file: file, pkg: pkg}
	if c.slots == nil {
		c.slots = make(chan struct{}, runtime.GOMAXPROCS(0))
	}
	c.working.Add(1)
	go func() {
		defer c.working.Done()
		c.slots <- struct{}{}
		defer func() { <-c.slots }()
		text, err := c.read(abs)
		if err != nil {
			file.Faults = []Diagnostic{{File: file.Path, Message: err.Error(), Kind: KindList, Package: pkg, Test: file.Test}}
			return
		}
		c.parseInto(file, text, pkg)
	}()
	return file
}

func (c *fileCache) newFile(abs string) *File {
	rel, err := filepath.Rel(c.root, abs)
	if err != nil || !filepath.IsLocal(rel) {
		rel = abs
	}
	return &File{Path: filepath.ToSlash(rel), Abs: abs, Test: strings.HasSuffix(abs, "_test.go")}
}

// parseText parses a file that is in no folder; its faults are those of whoever wrote the text.
func (c *fileCache) parseText(abs string, text []byte) *File {
	file := c.newFile(abs)
	c.parseInto(file, text, "")
	return file
}

const parseMode = parser.ParseComments | parser.SkipObjectResolution | parser.AllErrors

func (c *fileCache) parseInto(file *File, text []byte, pkg string) {
	syntax, err := parser.ParseFile(c.fset, file.Abs, text, parseMode)
	file.Syntax, file.Source = syntax, text
	if syntax != nil {
		file.Generated = ast.IsGenerated(syntax)
	}
	if list, ok := err.(scanner.ErrorList); ok {
		for _, one := range list {
			file.Faults = append(file.Faults, Diagnostic{
				File: file.Path, Line: one.Pos.Line, Column: one.Pos.Column, Message: one.Msg, Kind: KindSyntax, Package: pkg, Test: file.Test,
			})
		}
	}
}

func (c *fileCache) wait() {
	c.working.Wait()
}

// faults are the parser's words about all files, in the order of their paths.
func (c *fileCache) faults() []Diagnostic {
	var all []Diagnostic
	for _, one := range c.files {
		all = append(all, one.file.Faults...)
	}
	slices.SortFunc(all, compareDiagnostics)
	return all
}
