// Package architecture holds the layering of the code.
package architecture

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "example.com/call-exchange/"

// forbidden says which layers a layer must not import.
var forbidden = map[string][]string{
	"internal/domain":         {"internal/infrastructure", "internal/service", "internal/api", "cmd"},
	"internal/service":        {"internal/infrastructure", "internal/api", "cmd"},
	"internal/infrastructure": {"internal/service", "internal/api", "cmd"},
	"internal/api":            {"internal/infrastructure", "cmd"},
}

func TestLayersImportDownwardsOnly(t *testing.T) {
	for layer, others := range forbidden {
		for file, imports := range importsOf(t, filepath.Join("..", "..", filepath.FromSlash(layer))) {
			for _, imported := range imports {
				for _, other := range others {
					if strings.HasPrefix(imported, module+other) {
						t.Errorf("%s imports %s: %s must not know %s", file, imported, layer, other)
					}
				}
			}
		}
	}
}

func TestDomainKnowsNoTransportAndNoStorage(t *testing.T) {
	for file, imports := range importsOf(t, filepath.Join("..", "..", "internal", "domain")) {
		for _, imported := range imports {
			if imported == "net/http" || imported == "database/sql" || imported == "encoding/json" {
				t.Errorf("%s imports %s", file, imported)
			}
		}
	}
}

// importsOf gives the imports of production files below a folder.
func importsOf(t *testing.T, folder string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, one := range file.Imports {
			imported, err := strconv.Unquote(one.Path.Value)
			if err != nil {
				return err
			}
			found[path] = append(found[path], imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("no Go files below %s", folder)
	}
	return found
}
