package contract_test

import (
	"strings"
	"testing"

	"dce/analyzer/contract"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name      string
		contracts []contract.Contract
		want      string
	}{
		{"no Go", []contract.Contract{declare("a", "q/q.go", "package q\n\nfunc (")}, "a q/q.go:3 the text is not Go: expected"},
		{"a path outside", []contract.Contract{declare("a", "../q.go", "package q\n\nvar A int\n")}, "a ../q.go:0 path must be a Go file inside the repository"},
		{"another language", []contract.Contract{declare("a", "q.sql", "package q\n\nvar A int\n")}, "a q.sql:0 path must be a Go file"},
		{"another kind", []contract.Contract{{Task: "a", Path: "q.go", Kind: "change", Source: "package q\n\nvar A int\n"}}, `kind is "declare" or "amend", not "change"`},
		{"nothing", []contract.Contract{declare("a", "q/q.go", "package q\n\nimport \"os\"\n")}, "a q/q.go:0 the contract declares nothing"},
		{"another package than the folder's", []contract.Contract{declare("a", "rate/q.go", "package q\n\nvar A int\n")}, "a rate/q.go:1 package q: the files of rate are package rate"},
		{
			"two packages in a new folder",
			[]contract.Contract{declare("a", "q/a.go", "package q\n\nvar A int\n"), declare("b", "q/b.go", "package r\n\nvar B int\n")},
			"b q/b.go:1 package r: the contract of a for q/a.go says package q",
		},
		{
			"one symbol of two tasks, differently",
			[]contract.Contract{declare("a", "q/a.go", "package q\n\nfunc F() int\n"), declare("b", "q/b.go", "package q\n\nfunc F() string\n")},
			"b q/b.go:3 F is declared by a too, in its contract for q/a.go, and differently",
		},
		{"an import that nothing provides", []contract.Contract{declare("a", "q/q.go", "package q\n\nimport \"example.org/none\"\n\nvar A none.B\n")}, `a q/q.go:3 import "example.org/none": no required module`},
		{
			"one name for two packages",
			[]contract.Contract{declare("a", "q/q.go", "package q\n\nimport \"text/template\"\n\nvar A template.Template\n"), declare("b", "q/q.go", "package q\n\nimport \"html/template\"\n\nvar B template.Template\n")},
			`b q/q.go:0 template stands for "html/template" here and for "text/template" in another contract of this file`,
		},
		{"an amend of what does not exist", []contract.Contract{amend("a", "q/q.go", "package q\n\ntype A struct{ B int }\n")}, "a q/q.go:0 q/q.go does not exist"},
		{"an amend of another package", []contract.Contract{amend("a", "rate/rate.go", "package q\n\ntype Rate struct{ B int }\n")}, "a rate/rate.go:1 package q: rate/rate.go is package rate"},
		{"a symbol that is missing", []contract.Contract{amend("a", "rate/rate.go", "package rate\n\ntype None struct{ B int }\n")}, "a rate/rate.go:3 None is not declared in rate/rate.go, so it cannot be amended"},
		{"a symbol that stands elsewhere", []contract.Contract{amend("a", "rate/rate.go", "package rate\n\ntype Other struct{ B int }\n")}, "a rate/rate.go:3 Other is not in rate/rate.go but in rate/other.go line 3"},
		{"a field that is there as another type", []contract.Contract{amend("a", "rate/rate.go", "package rate\n\ntype Rate struct{ ID int }\n")}, "a rate/rate.go:3 Rate has ID already, as string"},
		{"fields for an interface", []contract.Contract{amend("a", "rate/rate.go", "package rate\n\n//dce:amend add-fields\ntype Store struct{ B int }\n")}, "//dce:amend add-fields fits no interface"},
		{"a directive that there is not", []contract.Contract{amend("a", "rate/rate.go", "package rate\n\n//dce:amend delete\ntype Rate struct{}\n")}, "//dce:amend delete: it is one of add-fields, add-methods, replace"},
		{"a function with the wrong directive", []contract.Contract{amend("a", "rate/rate.go", "package rate\n\n//dce:amend add-methods\nfunc New(id string) *Rate\n")}, "a function can only be replaced"},
		{"a method that is missing", []contract.Contract{amend("a", "rate/rate.go", "package rate\n\nfunc (r *Rate) None()\n")}, "Rate.None is not declared"},
		{
			"an import under a name that is taken",
			[]contract.Contract{amend("a", "rate/rate.go", "package rate\n\nimport context \"os\"\n\ntype Rate struct{ F *context.File }\n")},
			`context stands for "context" in rate/rate.go: import "os" under another name`,
		},
	}
	for _, one := range cases {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			got := overlay(t, base, one.contracts).faults()
			if len(got) != 1 || !strings.Contains(got[0], one.want) {
				t.Errorf("got %q, want %q", got, one.want)
			}
		})
	}
}
