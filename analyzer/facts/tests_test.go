package facts_test

import (
	"fmt"
	"testing"

	"dce/analyzer/facts"
	"dce/analyzer/internal/testtree"
)

func TestTests(t *testing.T) {
	t.Parallel()
	all := collect(t, `
-- go.mod --
module example.com/m

go 1.24

require github.com/stretchr/testify v1.0.0

replace github.com/stretchr/testify => ./fake/testify
-- fake/testify/go.mod --
module github.com/stretchr/testify
-- fake/testify/assert/assert.go --
package assert

type Assertions struct{}

func New(t any) *Assertions { return nil }
func Equal(t, a, b any) bool { return true }
func (a *Assertions) True(x bool) bool { return x }
-- fake/testify/suite/suite.go --
package suite

type Suite struct{}
-- a.go --
package m
-- a_test.go --
package m_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/suite"
)

func TestAsserts(t *testing.T) {
	t.Parallel()
	a := assert.New(t)
	a.True(true)
	assert.Equal(t, 1, 1)
	if 1 != 1 {
		t.Fatal("no")
	}
	t.Run("sub", func(t *testing.T) { check(t, 1) })
}

func check(t testing.TB, n int) { t.Helper(); deeper(t, n) }
func deeper(t testing.TB, n int) {
	if n > 3 {
		deeper(t, n-1)
		t.Errorf("no")
	}
}

func needsDatabase(t *testing.T) { t.Skip("none") }

func TestSkips(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	needsDatabase(t)
}

func TestNothing(t *testing.T) {}
func Testimony(t *testing.T)   {}
func TestMain(m *testing.M)    {}

func BenchmarkIt(b *testing.B) { b.Fatal() }
func FuzzIt(f *testing.F)      { f.Fuzz(func(t *testing.T, x int) { t.Error() }) }

func ExampleOne() {
	println()
	// Output: 1
}

func ExampleTwo() {}

type S struct{ suite.Suite }

func (s *S) TestInSuite() {}
func (s *S) helper()      {}

type plain struct{}

func (plain) TestNot() {}
`)
	testtree.Same(t, lines(all.Tests, func(one facts.Test) string {
		return fmt.Sprintf("%s %s:%d-%d %s asserts=%d skips=%v subtests=%d parallel=%t empty=%t", dotted(one.Name), one.Package, one.Line, one.EndLine, one.Kind,
			one.Assertions, one.Skips, one.Subtests, one.Parallel, one.EmptyBody)
	}), []string{
		"TestAsserts example.com/m:10-19 test asserts=4 skips=[] subtests=1 parallel=true empty=false",
		"TestSkips example.com/m:31-36 test asserts=0 skips=[33 35] subtests=0 parallel=false empty=false",
		"TestNothing example.com/m:38-38 test asserts=0 skips=[] subtests=0 parallel=false empty=true",
		"BenchmarkIt example.com/m:42-42 benchmark asserts=1 skips=[] subtests=0 parallel=false empty=false",
		"FuzzIt example.com/m:43-43 fuzz asserts=1 skips=[] subtests=0 parallel=false empty=false",
		"ExampleOne example.com/m:45-48 example asserts=1 skips=[] subtests=0 parallel=false empty=false",
		"ExampleTwo example.com/m:50-50 example asserts=0 skips=[] subtests=0 parallel=false empty=true",
		"S.TestInSuite example.com/m:54-54 test asserts=0 skips=[] subtests=0 parallel=false empty=true",
	})
}
