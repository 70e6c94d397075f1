package contract

import (
	"context"
	"fmt"
	"go/ast"
	"path"
	"strings"

	"dce/analyzer/tree"
)

// Check is a sentence for the compiler, in a package's own scope: var _ Repository = (*PostgresRates)(nil).
type Check struct {
	Package string `json:"package"`
	Expr    string `json:"expr"`
}

// ConformanceRequest asks which checks do not hold.
type ConformanceRequest struct {
	tree.Request
	Checks []Check `json:"checks"`
}

// Failure is a check that does not hold, with the type checker's words.
type Failure struct {
	Check
	Message string `json:"message"`
}

// ConformanceAnswer are the failures, in the order asked.
type ConformanceAnswer struct {
	Failures []Failure `json:"failures"`
}

// Conformance type-checks each sentence in a file of its own inside its package.
func Conformance(ctx context.Context, request ConformanceRequest) (*ConformanceAnswer, error) {
	troubles := make([]string, len(request.Checks))
	request.Extend = func(t *tree.Tree) map[string][]tree.Source {
		sources, names := map[string][]tree.Source{}, newQualifiers(t)
		for index, check := range request.Checks {
			pkg := findPackage(t, check.Package)
			if pkg == nil {
				troubles[index] = fmt.Sprintf("there is no package %s", check.Package)
				continue
			}
			syntax, err := parseText("package " + pkg.Name + "\n" + check.Expr)
			if err != nil {
				troubles[index] = "the check is not Go: " + err.Error()
				continue
			}
			text := "package " + pkg.Name + "\n" + names.importsFor(pkg, syntax) + check.Expr + "\n"
			sources[pkg.Path] = append(sources[pkg.Path], tree.Source{Name: checkFile(index), Text: []byte(text)})
		}
		return sources
	}
	t, err := tree.Load(ctx, request.Request)
	if err != nil {
		return nil, err
	}
	answer := &ConformanceAnswer{Failures: []Failure{}}
	for index, check := range request.Checks {
		message := troubles[index]
		if pkg := findPackage(t, check.Package); pkg == nil {
			message = fmt.Sprintf("there is no package %s", check.Package)
		} else if message == "" {
			message = faultsIn(pkg, checkFile(index))
		}
		if message != "" {
			answer.Failures = append(answer.Failures, Failure{check, message})
		}
	}
	return answer, nil
}

func checkFile(index int) string {
	return fmt.Sprintf("zz_dce_check_%d.go", index)
}

// faultsIn are the type checker's words about one extra file. What it kept silent about, because a type is not known, does not count as holding.
func faultsIn(pkg *tree.Package, name string) string {
	var messages []string
	for _, one := range pkg.Errors {
		if path.Base(one.File) == name && !strings.HasSuffix(one.Message, "and not used") {
			messages = append(messages, strings.Join(strings.Fields(one.Message), " "))
		}
	}
	if len(messages) > 0 {
		return strings.Join(messages, "; ")
	}
	for _, file := range pkg.Extra {
		if path.Base(file.Path) == name && hasUnknownType(pkg, file) {
			return "it cannot be told: a type in it has errors itself"
		}
	}
	return ""
}

func hasUnknownType(pkg *tree.Package, file *tree.File) bool {
	unknown := false
	ast.Inspect(file.Syntax, func(node ast.Node) bool {
		if spec, ok := node.(*ast.ValueSpec); ok {
			for _, expr := range append([]ast.Expr{spec.Type}, spec.Values...) {
				if expr != nil && strings.Contains(tree.Canonical(pkg.Info.TypeOf(expr)), "invalid type") {
					unknown = true
				}
			}
		}
		return true
	})
	return unknown
}
