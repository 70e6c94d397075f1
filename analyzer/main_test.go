package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"dce/analyzer/internal/testtree"
)

func TestMain(m *testing.M) {
	testtree.Offline()
	os.Exit(m.Run())
}

func TestEveryCommandAnswersJSON(t *testing.T) {
	t.Parallel()
	root := testtree.Write(t, "-- a.go --\npackage m\n")
	for name := range commands {
		request, _ := json.Marshal(map[string]any{"command": name, "root": root, "dir": root, "outDir": t.TempDir(), "maxBytes": 1000})
		var out bytes.Buffer
		if err := run(context.Background(), bytes.NewReader(request), &out); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !json.Valid(out.Bytes()) || bytes.Contains(out.Bytes(), []byte("null")) {
			t.Errorf("%s: %s", name, out.String())
		}
	}
}

func TestWhatIsWrongWithARequestIsSaid(t *testing.T) {
	t.Parallel()
	for request, want := range map[string]string{
		"{":                                  "the request is no JSON",
		`{"command":"none"}`:                 `there is no command "none"`,
		`{"command":"facts","root":"/none"}`: "no such file or directory",
	} {
		if err := run(context.Background(), strings.NewReader(request), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", request, err)
		}
	}
}
