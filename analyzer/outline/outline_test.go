package outline_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"dce/analyzer/internal/testtree"
	"dce/analyzer/outline"
	"dce/analyzer/tree"
)

func TestMain(m *testing.M) {
	testtree.Offline()
	os.Exit(m.Run())
}

const files = `
-- main.go --
package main

import _ "example.com/m/base"

func main() {}
-- base/base.go --
// Package base is what all build on.
package base

import "time"

// Money is an amount.
type Money struct {
	Amount   int    // cents
	Currency string
	hidden   time.Time
}

const Zero, small = 0, 1

type Store interface {
	Find(id string) (Money, error)
	Save(m Money) error
}

func New(
	amount int,
	currency string,
) (Money, error) {
	return Money{}, nil
}

func (m Money) Add(n int) Money { return m }
func (m *Money) secret()        {}
-- quota/quota.go --
package quota

type Quota struct{}
`

func ask(t *testing.T, maxBytes int, focus ...string) *outline.Answer {
	t.Helper()
	return askOf(t, files, maxBytes, focus...)
}

func askOf(t *testing.T, files string, maxBytes int, focus ...string) *outline.Answer {
	t.Helper()
	root := testtree.Write(t, files)
	answer, err := outline.Outline(context.Background(), outline.Request{Request: tree.Request{Root: root, Dir: root}, MaxBytes: maxBytes, Focus: focus})
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.Text) > maxBytes {
		t.Errorf("%d bytes, at most %d", len(answer.Text), maxBytes)
	}
	return answer
}

func TestTheWholeTreeWhereThereIsRoom(t *testing.T) {
	t.Parallel()
	answer := ask(t, 5000)
	if answer.Cut != "" {
		t.Errorf("cut: %s", answer.Cut)
	}
	want := `module example.com/m in ., go 1.24
base (package base, 1 file): Package base is what all build on.
  type Money struct { Amount int; Currency string }
  func (m Money) Add(n int) Money
  type Store interface { Find(id string) (Money, error); Save(m Money) error }
  func New(amount int, currency string) (Money, error)
  const, var Zero
. (package main, 1 file)
quota (package quota, 1 file)
  type Quota struct{}
`
	if answer.Text != want {
		t.Errorf("got %s", answer.Text)
	}
}

func TestFocusComesFirst(t *testing.T) {
	t.Parallel()
	if text := ask(t, 5000, "Quota").Text; strings.Index(text, "quota (") > strings.Index(text, "base (") {
		t.Errorf("got %s", text)
	}
}

func TestDeclarationsThatTheFocusNamesComeBeforeAllOthers(t *testing.T) {
	t.Parallel()
	var wide strings.Builder
	wide.WriteString(files + "-- wide/wide.go --\npackage wide\n\ntype Handler struct{ Limit int }\n\nfunc (h *Handler) mount() {}\n")
	for number := range 20 {
		fmt.Fprintf(&wide, "func Other%02d(aLongName, anotherLongName string, yetAnotherName int) (map[string]string, error) { return nil, nil }\n", number)
	}
	text := askOf(t, wide.String(), 1200, "Handler", "mount").Text
	want := `wide (package wide, 1 file)
  type Handler struct{ Limit int }
  func (h *Handler) mount()
  and Other00, Other01,`
	if !strings.Contains(text, want) || strings.Contains(text, "aLongName") {
		t.Errorf("got %s", text)
	}
}

func TestWhateverTheSizeTheRoomIsNeverOverspent(t *testing.T) {
	t.Parallel()
	for size := 420; size < 1000; size += 7 {
		if text := ask(t, size, "Money", "New", "quota").Text; text == "" || len(text) > size {
			t.Errorf("%d bytes of %d", len(text), size)
		}
	}
}

func TestAFolderIsNamedByItsLastElementAlone(t *testing.T) {
	t.Parallel()
	if text := ask(t, 5000, "quota", "as").Text; strings.Index(text, "quota (") > strings.Index(text, "base (") {
		t.Errorf("got %s", text)
	}
}

func TestWhatIsCutIsSaid(t *testing.T) {
	t.Parallel()
	answer := ask(t, 360)
	if !strings.Contains(answer.Cut, "packages by") || !strings.Contains(answer.Text, answer.Cut) {
		t.Errorf("got %q in %s", answer.Cut, answer.Text)
	}
	if tiny := ask(t, 20); tiny.Text != "" || tiny.Cut == "" {
		t.Errorf("got %v", tiny)
	}
}
