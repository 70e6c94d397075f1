// The analyzer tells what Go's own type checker knows about a tree: one JSON request on standard input, one JSON answer on standard output.
// The shapes are those of src/go-facts.ts and src/go-analyzer.ts. Exit 1 with words on standard error when this machine is at fault; what is
// wrong with the code is part of the answer.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"dce/analyzer/contract"
	"dce/analyzer/facts"
	"dce/analyzer/outline"
	"dce/analyzer/tree"
)

// command answers one request. The raw request is decoded by each into what it needs.
type command func(ctx context.Context, request []byte) (any, error)

var commands = map[string]command{
	"facts": of(func(ctx context.Context, request tree.Request) (any, error) {
		t, err := tree.Load(ctx, request)
		if err != nil {
			return nil, err
		}
		return facts.Collect(t), nil
	}),
	"overlay": of(func(ctx context.Context, request contract.Request) (any, error) {
		return contract.Overlay(ctx, request)
	}),
	"outline": of(func(ctx context.Context, request outline.Request) (any, error) { return outline.Outline(ctx, request) }),
	"conformance": of(func(ctx context.Context, request contract.ConformanceRequest) (any, error) {
		return contract.Conformance(ctx, request)
	}),
	"contractChecks": of(func(ctx context.Context, request contract.ChecksRequest) (any, error) {
		return contract.Checks(ctx, request)
	}),
	"references": of(func(ctx context.Context, request facts.ReferencesRequest) (any, error) {
		return facts.References(ctx, request)
	}),
}

// of decodes the request for a command.
func of[Request any](answer func(ctx context.Context, request Request) (any, error)) command {
	return func(ctx context.Context, raw []byte) (any, error) {
		var request Request
		if err := json.Unmarshal(raw, &request); err != nil {
			return nil, err
		}
		return answer(ctx, request)
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, in io.Reader, out io.Writer) error {
	request, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	var which struct {
		Command string `json:"command"`
		Root    string `json:"root"`
		Dir     string `json:"dir"`
	}
	if err := json.Unmarshal(request, &which); err != nil {
		return fmt.Errorf("the request is no JSON: %w", err)
	}
	answer, known := commands[which.Command]
	if !known {
		return fmt.Errorf("there is no command %q", which.Command)
	}
	// A relative path would be read from wherever this program was started, and find nothing there.
	for _, path := range []string{which.Root, which.Dir} {
		if path != "" && !filepath.IsAbs(path) {
			return fmt.Errorf("root and dir must be absolute, got %q", path)
		}
	}
	result, err := answer(ctx, request)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(result)
}
