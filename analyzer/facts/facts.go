// Package facts turns a loaded tree into what the gate, the planner and the agents ask about it. The shape is src/go-facts.ts.
package facts

import (
	"cmp"
	"slices"

	"dce/analyzer/tree"
)

// Facts is everything known of a tree.
type Facts struct {
	Modules           []Module           `json:"modules"`
	Packages          []Package          `json:"packages"`
	ExcludedFiles     []ConstrainedPath  `json:"excludedFiles"`
	Diagnostics       []tree.Diagnostic  `json:"diagnostics"`
	Symbols           []Symbol           `json:"symbols"`
	Markers           []Marker           `json:"markers"`
	Interfaces        []Interface        `json:"interfaces"`
	Reachability      string             `json:"reachability"`
	Unreached         []Unreached        `json:"unreached"`
	UnusedFiles       []UnusedFile       `json:"unusedFiles"`
	Routes            []Route            `json:"routes"`
	UnmountedHandlers []UnmountedHandler `json:"unmountedHandlers"`
	DuplicateTypes    []DuplicateType    `json:"duplicateTypes"`
	Tests             []Test             `json:"tests"`
	BuildConstraints  []ConstrainedFile  `json:"buildConstraints"`
	Directives        []Directive        `json:"directives"`
	Replaces          []Replace          `json:"replaces"`
}

// Place is where something stands.
type Place struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

func comparePlaces(a, b Place) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
}

func compareNames(a, b tree.Name) int {
	return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Receiver, b.Receiver), cmp.Compare(a.Name, b.Name))
}

// Collect gathers all facts. The tree must have been type-checked.
func Collect(t *tree.Tree) *Facts {
	world := newGraph(t)
	routes := collectRoutes(t, world)
	all := &Facts{
		Diagnostics: orEmpty(t.AllDiagnostics()), Symbols: collectSymbols(t), Markers: collectMarkers(t), Interfaces: collectInterfaces(t, world),
		Reachability: world.completeness(), Unreached: world.unreached(), UnusedFiles: world.unusedFiles(),
		Routes: routes.all(), UnmountedHandlers: routes.unmounted(), DuplicateTypes: collectDuplicates(t), Tests: collectTests(t),
		Directives: collectDirectives(t), Replaces: collectReplaces(t),
	}
	all.Modules, all.Packages = collectPackages(t)
	all.ExcludedFiles = collectExcluded(t)
	all.BuildConstraints = collectConstraints(t, all.ExcludedFiles)
	return all
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// sorted sorts by the comparisons and drops equals.
func sorted[T comparable](list []T, compare func(a, b T) int) []T {
	slices.SortStableFunc(list, compare)
	return orEmpty(slices.Compact(list))
}
