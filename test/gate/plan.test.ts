// The gate with a plan: what a wave owes now, what a later one owes, what nobody planned.
import { afterAll, beforeAll, describe, it, vi } from 'vitest'
import { asRepoPath, asSha } from '../../src/ids.ts'
import type { Obligation } from '../../src/plan/plan.ts'
import type { Files } from '../support/git-dir.ts'
import { type GateBench, openBench, sayFailures } from './gate-bench.ts'
import { type FileLine, planOf } from './plan-of.ts'
import { edited, shop } from './shop.ts'

// A case takes one to three seconds of a free machine; many are busy.
vi.setConfig({ testTimeout: 120_000 })

let bench: GateBench
beforeAll(async () => {
  bench = await openBench(shop)
})
afterAll(() => bench.close())

const handler = 'internal/api/handler.go'
const main = 'main.go'

// Wave 1 brings the domain, wave 2 its store, wave 4 handler and wiring.
const domain: Files = {
  'internal/tag/tag.go': `// Package tag names rates.
package tag

// Tags keeps the tags of a rate.
type Tags interface {
	Of(rate string) []string
}

// Service answers for tags.
type Service struct{ tags Tags }

// NewService makes one.
func NewService(tags Tags) *Service {
	return &Service{tags: tags}
}

// List answers the tags of a rate.
func (s *Service) List(rate string) []string {
	return s.tags.Of(rate)
}
`,
}
const store: Files = {
  'internal/store/tags.go': `package store

// Tags is a tag.Tags in memory.
type Tags struct{ byRate map[string][]string }

// NewTags makes one.
func NewTags() *Tags {
	return &Tags{byRate: map[string][]string{}}
}

// Of answers the tags of a rate.
func (t *Tags) Of(rate string) []string {
	return t.byRate[rate]
}
`,
}
const api: Files = {
  'internal/api/tags.go': `package api

import (
	"encoding/json"
	"net/http"

	"example.com/shop/internal/tag"
)

// TagHandler serves tags.
type TagHandler struct{ tags *tag.Service }

// NewTagHandler makes one.
func NewTagHandler(tags *tag.Service) *TagHandler {
	return &TagHandler{tags: tags}
}

// Register mounts the route.
func (h *TagHandler) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /rates/{name}/tags", h.list)
}

func (h *TagHandler) list(w http.ResponseWriter, r *http.Request) {
	_ = json.NewEncoder(w).Encode(h.tags.List(r.PathValue("name")))
}
`,
}
const wiring: Files = {
  [main]: edited(
    main,
    ['\tlog.Fatal(', '\tapi.NewTagHandler(tag.NewService(store.NewTags())).Register(mux)\n\tlog.Fatal('],
    ['\t"example.com/shop/internal/store"', '\t"example.com/shop/internal/store"\n\t"example.com/shop/internal/tag"'],
  ),
}

const lines: readonly FileLine[] = [
  { path: 'internal/tag/tag.go', symbols: ['Tags', 'Service', 'NewService', '(*Service).List'], wave: 1 },
  { path: 'internal/store/tags.go', symbols: ['Tags', 'NewTags'], wave: 2 },
  { path: 'internal/api/tags.go', symbols: ['TagHandler', 'TagHandler.list'], wave: 4 },
  { path: main, change: 'edit', symbols: ['main'], wave: 4 },
]
const due: readonly Obligation[] = [
  { what: 'interface', subject: 'internal/tag.Tags', wave: 2 },
  { what: 'route', subject: 'GET /rates/{rate}/tags', wave: 4 },
  { what: 'constructor', subject: 'internal/tag.NewService', wave: 4 },
]
const plan = planOf(lines, {
  due,
  contracts: [
    {
      path: 'internal/tag/tag.go',
      source:
        'package tag\n\ntype Tags interface {\n\tOf(rate string) []string\n}\n\nfunc NewService(tags Tags) *Service\n\ntype Service struct{ tags Tags }\n\nfunc (s *Service) List(rate string) []string\n',
    },
  ],
})

describe('a feature that grows by waves', () => {
  it('owes at wave 1 its own files and contracts; what later waves bring is listed with its wave', async ({ expect }) => {
    const verdict = await bench.judge({ change: domain, input: { plan, wave: 1 } })
    expect(sayFailures(verdict.failures)).toEqual([])
    expect(verdict).toMatchObject({ verdict: 'green', wave: 1 })
    expect(verdict.due.map((one) => `${one.wave} ${one.what} ${one.subject}`)).toEqual([
      '2 interface example.com/shop/internal/tag.Tags',
      '4 file internal/tag/tag.go',
      '4 route GET /rates/{rate}/tags',
      '4 constructor example.com/shop/internal/tag.NewService',
    ])
  })

  it('owes at wave 2 the implementation that nobody wrote', async ({ expect }) => {
    const verdict = await bench.judge({ change: domain, input: { plan, wave: 2 } })
    expect(sayFailures(verdict.failures)).toEqual(['missing-file internal/store/tags.go', 'not-implemented internal/tag/tag.go Tags'])
  })

  it('owes at wave 4 that everything is wired', async ({ expect }) => {
    const verdict = await bench.judge({ change: { ...domain, ...store, ...api }, input: { plan, wave: 4 } })
    expect(sayFailures(verdict.failures)).toEqual([
      'not-constructed internal/api/tags.go NewTagHandler',
      'not-constructed internal/store/tags.go NewTags',
      'not-constructed internal/tag/tag.go NewService',
      'not-mounted internal/api/tags.go TagHandler.list',
      'unused internal/api/tags.go',
      'unused internal/store/tags.go',
      'unused internal/tag/tag.go',
    ])
  })

  it('is green when all of it is there, and protects its tests from then on', async ({ expect }) => {
    const test =
      'package tag\n\nimport "testing"\n\ntype one struct{}\n\nfunc (one) Of(string) []string { return []string{"a"} }\n\nfunc TestList(t *testing.T) {\n\tif len(NewService(one{}).List("x")) != 1 {\n\t\tt.Error("no")\n\t}\n}\n'
    const change = { ...domain, ...store, ...api, ...wiring, 'internal/tag/tag_test.go': test }
    const withTest = planOf([...lines, { path: 'internal/tag/tag_test.go', symbols: ['TestList'], wave: 5 }], { due })
    const verdict = await bench.judge({ change, input: { plan: withTest, wave: 5, last: true } })
    expect([verdict.verdict, sayFailures(verdict.failures), verdict.due]).toEqual(['green', [], []])
    expect(verdict.greenTests).toEqual(['example.com/shop/internal/tag.TestList'])
  })
})

describe('against the plan', () => {
  it('a file that nobody owns, a symbol that is not there, a contract that is kept otherwise', async ({ expect }) => {
    const change: Files = {
      'internal/tag/tag.go': String(domain['internal/tag/tag.go'])
        .replaceAll('Of(rate string) []string', 'Of(rate string) string')
        .replace('List(rate string) []string', 'List(rate string) string'),
      'internal/tag/more.go': 'package tag\n\n// More is nobody’s.\ntype More int\n',
      'docs/notes.md': 'notes\n',
    }
    const wanted = planOf([{ path: 'internal/tag/tag.go', symbols: ['Tags', 'Service.Count'], wave: 1 }, ...lines.slice(1)], {
      due,
      contracts: plan.contracts.map(({ path, source }) => ({ path, source })),
    })
    const verdict = await bench.judge({ change, input: { plan: wanted, wave: 1, granted: ['docs/'] } })
    expect(sayFailures(verdict.failures)).toEqual([
      'missing-symbol internal/tag/tag.go Service.Count',
      'not-conforming internal/tag/tag.go Service.List',
      'not-conforming internal/tag/tag.go Tags',
      'outside-plan internal/tag/more.go',
    ])
  })

  it('a planned file that no build compiles, one that should be gone, and one that was skipped', async ({ expect }) => {
    const files: readonly FileLine[] = [
      { path: 'internal/rate/plan9.go', symbols: ['Nine'], wave: 1 },
      { path: handler, change: 'delete', wave: 1 },
      { path: 'internal/late/late.go', wave: 2 },
    ]
    const change = { 'internal/rate/plan9.go': '//go:build plan9\n\npackage rate\n\n// Nine is nine.\nconst Nine = 9\n' }
    const verdict = await bench.judge({ change, input: { plan: planOf(files), wave: 2, excused: ['w2-builder'] } })
    expect(sayFailures(verdict.failures)).toEqual([
      `missing-file ${handler}`,
      'not-compiled internal/rate/plan9.go',
      'not-compiled internal/rate/plan9.go',
    ])
  })

  it('a test that was green at an earlier gate and asserts less since', async ({ expect }) => {
    const test = (assertions: string): Files => ({
      'internal/rate/own_test.go': `package rate\n\nimport "testing"\n\nfunc TestOwn(t *testing.T) {\n${assertions}}\n`,
    })
    const assertion = (minutes: number) => `\tif (Rate{Cents: 1}).Cost(${minutes}) != ${minutes} {\n\t\tt.Error("no")\n\t}\n`
    const green = await bench.judge({ change: test(assertion(1) + assertion(2)) })
    const since = asSha(green.tree)
    const input = { protectedTests: green.greenTests ?? [], protectedSince: since }
    const weaker = await bench.judge({ change: test(assertion(1)), input })
    expect([green.verdict, sayFailures(weaker.failures)]).toEqual(['green', ['test-weakened TestOwn']])
    const stronger = await bench.judge({ change: test(assertion(1) + assertion(2) + assertion(3)), input })
    expect(stronger.verdict).toBe('green')
  })

  it('a test that was green at an earlier gate and is gone', async ({ expect }) => {
    const input = { protectedTests: ['example.com/shop/internal/tag.TestGone'], granted: [asRepoPath('README.md')] }
    const verdict = await bench.judge({ change: { 'README.md': 'x\n' }, input })
    expect(sayFailures(verdict.failures)).toEqual(['test-weakened TestGone'])
  })

  it('the style of a contract that stands in the place of a later task’s file is that task’s', async ({ expect }) => {
    const path = 'internal/rate/later.go'
    const change = { [path]: 'package rate\n\nfunc later() int {\n  panic("dce: contract of w2-builder")\n}\n' }
    const at = async (wave: 1 | 2) =>
      bench.judge({
        change,
        input: {
          plan: planOf([
            { path, wave: 2 },
            { path: 'README.md', change: 'edit', wave: 1 },
          ]),
          wave,
        },
      })
    const early = await at(1)
    expect(sayFailures(early.failures)).not.toContain('format internal/rate/later.go')
    expect(early.due).toContainEqual({ what: 'file', subject: path, wave: 2 })
    expect(sayFailures((await at(2)).failures)).toContain('format internal/rate/later.go')
  })

  it('the bodies of contracts: later tasks may still owe them, and a test that meets one needs that task', async ({ expect }) => {
    const contract = (task: string): Files => ({
      'internal/rate/later.go': `package rate\n\nfunc later() int {\n\tpanic("dce: contract of ${task}")\n}\n`,
      'internal/rate/later_test.go':
        'package rate\n\nimport "testing"\n\nfunc TestLater(t *testing.T) {\n\tif later() != 1 {\n\t\tt.Error("no")\n\t}\n}\n\nfunc TestNow(t *testing.T) {\n\tif (Rate{}).Cost(1) != 0 {\n\t\tt.Error("no")\n\t}\n}\n',
    })
    const files: readonly FileLine[] = [
      { path: 'internal/rate/later.go', change: 'edit', wave: 2 },
      { path: 'internal/rate/later_test.go', wave: 1 },
    ]
    const early = await bench.judge({ change: contract('w2-builder'), input: { plan: planOf(files), wave: 1 } })
    expect([sayFailures(early.failures), early.due.map((one) => one.subject)]).toEqual([
      [],
      ['internal/rate/later.go', 'example.com/shop/internal/rate.TestLater'],
    ])
    const late = await bench.judge({ change: contract('w2-builder'), input: { plan: planOf(files), wave: 2 } })
    expect(sayFailures(late.failures)).toEqual(['stub internal/rate/later.go later', 'test TestLater', 'unused internal/rate/later.go'])
    const naming = late.failures.filter(({ message }) => message.includes('dce: contract of w2-builder'))
    expect(naming.map(({ kind }) => kind)).toEqual(['stub', 'test'])
  })
})
