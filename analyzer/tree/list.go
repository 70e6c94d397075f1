package tree

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
)

// Module is a module as go list prints it.
type Module struct {
	Path      string
	Dir       string
	GoMod     string
	GoVersion string
	Main      bool
}

type listError struct {
	ImportStack []string
	Pos         string
	Err         string
}

// entry is a package or a test variant of one, as go list prints it. File names are base names.
type entry struct {
	ImportPath     string
	Name           string
	Dir            string
	ForTest        string
	Export         string
	Standard       bool
	DepOnly        bool
	Module         *Module
	GoFiles        []string
	CgoFiles       []string
	IgnoredGoFiles []string
	InvalidGoFiles []string
	TestGoFiles    []string
	XTestGoFiles   []string
	Imports        []string
	ImportMap      map[string]string
	Error          *listError
}

const entryFields = "ImportPath,Name,Dir,ForTest,Export,Standard,DepOnly,Module,GoFiles,CgoFiles,IgnoredGoFiles,InvalidGoFiles,TestGoFiles,XTestGoFiles,Imports,ImportMap,Error"

// path is the import path without the test variant's suffix: "p [p.test]" is "p".
func (e *entry) path() string {
	path, _, _ := strings.Cut(e.ImportPath, " ")
	return path
}

func (e *entry) inMainModule() bool {
	return e.Module != nil && e.Module.Main && !strings.HasSuffix(e.ImportPath, ".test")
}

// goRunner runs go in one folder, with the process's own environment.
type goRunner struct {
	ctx context.Context
	dir string
}

// run answers what go printed; what go says on standard error comes back as the second value, with or without success.
func (g goRunner) run(args ...string) (stdout []byte, stderr string, err error) {
	command := exec.CommandContext(g.ctx, "go", args...)
	command.Dir = g.dir
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	err = command.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		err = nil
		if errs.Len() == 0 {
			errs.WriteString("go " + args[0] + " failed: " + exit.Error())
		}
	} else if err == nil {
		return out.Bytes(), "", nil
	}
	return out.Bytes(), strings.TrimSpace(errs.String()), err
}

func decodeStream[T any](data []byte) ([]*T, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	var all []*T
	for {
		one := new(T)
		if err := decoder.Decode(one); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
}

// mainModules lists the module of the folder, or all modules of its workspace.
func (g goRunner) mainModules() (modules []*Module, trouble string, err error) {
	out, trouble, err := g.run("list", "-m", "-e", "-json=Path,Dir,GoMod,GoVersion,Main")
	if err != nil {
		return nil, trouble, err
	}
	modules, err = decodeStream[Module](out)
	return modules, trouble, err
}

// listPackages lists the packages of the patterns with their test variants and all they import.
func (g goRunner) listPackages(flags, patterns []string) (entries []*entry, trouble string, err error) {
	args := append([]string{"list", "-e", "-deps", "-test", "-json=" + entryFields}, flags...)
	out, trouble, err := g.run(append(append(args, "--"), patterns...)...)
	if err != nil {
		return nil, trouble, err
	}
	entries, err = decodeStream[entry](out)
	return entries, trouble, err
}

// listExports compiles the packages where the build cache does not hold them, and tells where their export data is.
func (g goRunner) listExports(flags, paths []string) (map[string]string, error) {
	exports := map[string]string{}
	if len(paths) == 0 {
		return exports, nil
	}
	args := append([]string{"list", "-e", "-export", "-json=ImportPath,Export"}, flags...)
	out, _, err := g.run(append(append(args, "--"), paths...)...)
	if err != nil {
		return nil, err
	}
	entries, err := decodeStream[entry](out)
	for _, one := range entries {
		if one.Export != "" {
			exports[one.ImportPath] = one.Export
		}
	}
	return exports, err
}

// modulePatterns asks for all packages of each main module at or below dir. A dir inside a module asks for the whole of it:
// what reaches a package may stand anywhere in its module.
func modulePatterns(dir string, modules []*Module) []string {
	var below, around []string
	for _, module := range modules {
		rel, err := filepath.Rel(dir, module.Dir)
		if err != nil {
			continue
		}
		pattern := filepath.ToSlash(filepath.Join(rel, "..."))
		if filepath.IsLocal(rel) {
			below = append(below, "./"+pattern)
		} else if inside, err := filepath.Rel(module.Dir, dir); err == nil && filepath.IsLocal(inside) {
			around = append(around, pattern)
		}
	}
	if len(below) == 0 {
		return append(around, "./...")
	}
	return below
}
