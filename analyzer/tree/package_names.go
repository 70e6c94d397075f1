package tree

import (
	"context"
	"path/filepath"
	"strings"
)

// PackageName is what a package calls itself, or why it cannot be found.
type PackageName struct {
	ImportPath string
	Name       string
	Trouble    string
}

// PackageNames asks go for the names behind import paths, and for the main modules. Packages that are not there have a trouble.
func PackageNames(ctx context.Context, dir string, tags, paths []string) ([]*Module, []PackageName, error) {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, nil, err
	}
	run := goRunner{ctx: ctx, dir: dir}
	modules, _, err := run.mainModules()
	if err != nil || len(paths) == 0 {
		return mainOnly(modules), nil, err
	}
	args := append([]string{"list", "-e", "-find", "-json=ImportPath,Name,Error"}, Request{Tags: tags}.flags()...)
	out, _, err := run.run(append(append(args, "--"), paths...)...)
	if err != nil {
		return nil, nil, err
	}
	entries, err := decodeStream[entry](out)
	var names []PackageName
	for _, one := range entries {
		found := PackageName{ImportPath: one.ImportPath, Name: one.Name}
		if one.Error != nil && one.Name == "" {
			found.Trouble = strings.Join(strings.Fields(one.Error.Err), " ")
		}
		names = append(names, found)
	}
	return mainOnly(modules), names, err
}
