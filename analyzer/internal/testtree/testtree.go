// Package testtree writes small trees for tests, from text in the format of txtar, and keeps go away from the network.
package testtree

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"dce/analyzer/tree"
)

// Offline is to be called by TestMain: no test may fetch anything, or depend on the person's configuration of go.
func Offline() {
	for key, value := range map[string]string{"GOPROXY": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-trimpath -buildvcs=false", "GOENV": "off", "GOWORK": "", "GOSUMDB": "off"} {
		if err := os.Setenv(key, value); err != nil {
			panic(err)
		}
	}
}

// Write puts the files into a new folder and answers it. Without a go.mod it gets one of module example.com/m.
func Write(t *testing.T, archive string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	parsed := txtar.Parse([]byte(archive))
	named := func(name string) func(txtar.File) bool {
		return func(file txtar.File) bool { return file.Name == name }
	}
	if !slices.ContainsFunc(parsed.Files, named("go.mod")) && !slices.ContainsFunc(parsed.Files, named("go.work")) {
		parsed.Files = append(parsed.Files, txtar.File{Name: "go.mod", Data: []byte("module example.com/m\n\ngo 1.24\n")})
	}
	for _, file := range parsed.Files {
		path := filepath.Join(root, filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, file.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// Load loads what Write wrote.
func Load(t *testing.T, archive string, change ...func(*tree.Request)) *tree.Tree {
	t.Helper()
	root := Write(t, archive)
	request := tree.Request{Root: root, Dir: root}
	for _, one := range change {
		one(&request)
	}
	loaded, err := tree.Load(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// Same compares lists of lines, and says which lack or are too many.
func Same(t *testing.T, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("missing: %s", line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("too many: %s", line)
		}
	}
	if !t.Failed() {
		t.Errorf("other order or number:\n%s\nwanted:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
