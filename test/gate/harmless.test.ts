// Changes that are as they should be: the gate stays green, whatever they move, rename, break-that-was-broken or leave as it was.
import { afterAll, beforeAll, describe, it, vi } from 'vitest'
import { sayVerdict } from '../../src/gate/verdict.ts'
import type { Files } from '../support/git-dir.ts'
import { type BenchCase, type GateBench, openBench, sayFailures } from './gate-bench.ts'
import { planOf } from './plan-of.ts'
import { edited, shop } from './shop.ts'

// A case takes one to three seconds of a free machine; many are busy.
vi.setConfig({ testTimeout: 120_000 })

let bench: GateBench
beforeAll(async () => {
  bench = await openBench(shop)
})
afterAll(() => bench.close())

interface Harmless extends BenchCase {
  readonly name: string
  /** What is listed as broken at the base, as {@link sayFailures} gives it. */
  readonly atBase?: readonly string[]
  readonly flaky?: readonly string[]
}

const rate = 'internal/rate/rate.go'
const rateTest = 'internal/rate/rate_test.go'
const handler = 'internal/api/handler.go'
const memory = 'internal/store/memory.go'
const main = 'main.go'

const feature: Files = {
  'internal/quota/quota.go': `// Package quota limits how often a rate may be asked for.
package quota

// Counter counts requests.
type Counter interface {
	Add(name string) int
}

// Limit refuses after some requests.
type Limit struct {
	counter Counter
	most    int
}

// NewLimit makes a limit over a counter.
func NewLimit(counter Counter, most int) *Limit {
	return &Limit{counter: counter, most: most}
}

// Allow says whether one more is allowed.
func (l *Limit) Allow(name string) bool {
	return l.counter.Add(name) <= l.most
}
`,
  'internal/quota/mocks/counter.go': `// Package mocks has doubles.
package mocks

// Counter answers what it is told.
type Counter struct{ Answer int }

// Add answers.
func (c Counter) Add(string) int { return c.Answer }
`,
  'internal/quota/quota_test.go': `package quota_test

import (
	"testing"

	"example.com/shop/internal/quota"
	"example.com/shop/internal/quota/mocks"
)

func TestAllow(t *testing.T) {
	if !quota.NewLimit(mocks.Counter{Answer: 1}, 1).Allow("peak") {
		t.Error("the first is refused")
	}
	if quota.NewLimit(mocks.Counter{Answer: 2}, 1).Allow("peak") {
		t.Error("the second is allowed")
	}
}
`,
  'internal/store/counter.go': `package store

import "sync"

// Counter is a quota.Counter in memory.
type Counter struct {
	mu    sync.Mutex
	count map[string]int
}

// NewCounter makes one.
func NewCounter() *Counter {
	return &Counter{count: map[string]int{}}
}

// Add counts one more.
func (c *Counter) Add(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count[name]++
	return c.count[name]
}
`,
  [handler]: edited(
    handler,
    ['\t"example.com/shop/internal/rate"', '\t"example.com/shop/internal/quota"\n\t"example.com/shop/internal/rate"'],
    ['\trates rate.Repository\n}', '\trates rate.Repository\n\tlimit *quota.Limit\n}'],
    [
      'func NewHandler(rates rate.Repository) *Handler {\n\treturn &Handler{rates: rates}',
      'func NewHandler(rates rate.Repository, limit *quota.Limit) *Handler {\n\treturn &Handler{rates: rates, limit: limit}',
    ],
    [
      '\tfound, ok :=',
      '\tif !h.limit.Allow(r.PathValue("name")) {\n\t\tw.WriteHeader(http.StatusTooManyRequests)\n\t\treturn\n\t}\n\tfound, ok :=',
    ],
    [
      '\tmux.HandleFunc("POST /rates", h.postRate)',
      '\tmux.HandleFunc("POST /rates", h.postRate)\n\tmux.HandleFunc("GET /health", h.health)',
    ],
    [
      'func (h *Handler) getRate',
      'func (h *Handler) health(w http.ResponseWriter, _ *http.Request) {\n\tw.WriteHeader(http.StatusNoContent)\n}\n\nfunc (h *Handler) getRate',
    ],
  ),
  'internal/api/handler_test.go': edited(
    'internal/api/handler_test.go',
    ['NewHandler(store.NewMemory())', 'NewHandler(store.NewMemory(), quota.NewLimit(store.NewCounter(), 5))'],
    ['\t"example.com/shop/internal/store"', '\t"example.com/shop/internal/quota"\n\t"example.com/shop/internal/store"'],
  ),
  [main]: edited(
    main,
    ['api.NewHandler(store.NewMemory())', 'api.NewHandler(store.NewMemory(), quota.NewLimit(store.NewCounter(), 100))'],
    ['\t"example.com/shop/internal/api"', '\t"example.com/shop/internal/api"\n\t"example.com/shop/internal/quota"'],
  ),
}

const movedStore: Files = {
  [memory]: null,
  'internal/store/memory_test.go': null,
  'internal/storage/memory.go': edited(memory, ['package store\n', 'package storage\n'], ['// Package store', '// Package storage']),
  'internal/storage/memory_test.go': edited('internal/store/memory_test.go', ['package store\n', 'package storage\n']),
  'internal/api/handler_test.go': edited(
    'internal/api/handler_test.go',
    ['internal/store"', 'internal/storage"'],
    ['store.NewMemory()', 'storage.NewMemory()'],
  ),
  [main]: edited(main, ['internal/store"', 'internal/storage"'], ['store.NewMemory()', 'storage.NewMemory()']),
}

const changes: readonly Harmless[] = [
  { name: 'a whole new feature: domain, double, store, handler, wiring, tests', change: feature },
  { name: 'a package that moves to another folder', change: movedStore },
  {
    name: 'a function, a type and a test that get other names',
    change: {
      [rate]: edited(
        rate,
        ['// Cost is', '// Price is'],
        ['func (r Rate) Cost(', 'func (r Rate) Price('],
        ['// Repository keeps', '// Store keeps'],
        ['type Repository interface', 'type Store interface'],
      ),
      [rateTest]: edited(rateTest, ['func TestCost(', 'func TestPrice('], ['.Cost(want / 3)', '.Price(want / 3)']),
      [handler]: edited(
        handler,
        ['found.Cost(1)', 'found.Price(1)'],
        ['\trates rate.Repository\n', '\trates rate.Store\n'],
        ['NewHandler(rates rate.Repository)', 'NewHandler(rates rate.Store)'],
      ),
    },
  },
  {
    name: 'a test that moves to another file, and one to another package',
    change: {
      [rateTest]:
        'package rate\n\nimport "testing"\n\nfunc TestNew(t *testing.T) {\n\tif _, err := New("peak", -1); err == nil {\n\t\tt.Error("a negative price is taken")\n\t}\n\tr, err := New("peak", 3)\n\tif err != nil {\n\t\tt.Fatal(err)\n\t}\n\tif r.Cents != 3 {\n\t\tt.Errorf("got %d cents", r.Cents)\n\t}\n}\n',
      'internal/rate/cost_test.go': edited(rateTest).replace(/func TestNew[\s\S]*?\n}\n\n/, ''),
      'internal/store/memory_test.go': null,
      'internal/api/memory_test.go': edited(
        'internal/store/memory_test.go',
        ['package store\n', 'package api\n'],
        ['\t"example.com/shop/internal/rate"', '\t"example.com/shop/internal/rate"\n\t"example.com/shop/internal/store"'],
        ['NewMemory()', 'store.NewMemory()'],
      ),
    },
  },
  {
    name: 'code beside what was broken before: a compile error, a failing test, a stub, dead code, loose formatting',
    base: {
      'internal/old/old.go':
        '// Package old is broken.\npackage old\n\n// N is wrong.\nvar N int = "one"\n\n// Unused  is dead.\nfunc Unused() {\n\tpanic("not implemented") // TODO\n}\n',
      'internal/store/memory_test.go': `${edited('internal/store/memory_test.go')}\nfunc TestOld(t *testing.T) {\n\tt.Error("always")\n}\n`,
      'internal/rate/loose.go': 'package rate\n\nconst  loose=0 // TODO: use it\n',
    },
    change: {
      'internal/old/old.go':
        '// Package old is broken.\npackage old\n\n// M is fine.\nconst M = 1\n\n// N is wrong.\nvar N int = "one"\n\n// Unused  is dead.\nfunc Unused() {\n\tpanic("not implemented") // TODO\n}\n',
      [memory]: edited(memory, ['// Save keeps a rate.', '// Save keeps a rate for ever.']),
    },
    atBase: ['compile internal/old/old.go', 'format internal/rate/loose.go', 'test TestOld'],
  },
  {
    name: 'the repair of a broken package, which shows what the break had hidden',
    base: {
      'internal/tax/tax.go': '// Package tax adds.\npackage tax\n\n// Add adds.\nfunc Add(n int) int { return n + missing }\n',
      'internal/bill/bill.go':
        '// Package bill sums.\npackage bill\n\nimport "example.com/shop/internal/tax"\n\n// Sum is wrong too.\nfunc Sum() string { return tax.Add(1) }\n',
    },
    change: {
      'internal/tax/tax.go':
        '// Package tax adds.\npackage tax\n\nconst missing = 1\n\n// Add adds.\nfunc Add(n int) int { return n + missing }\n',
    },
    atBase: ['compile internal/bill/bill.go'],
  },
  {
    name: 'a test that was flaky before',
    base: {
      'internal/rate/flaky_test.go':
        'package rate\n\nimport (\n\t"os"\n\t"testing"\n)\n\nfunc TestFlaky(t *testing.T) {\n\tname := os.TempDir() + "/dce-flaky"\n\t_, err := os.Stat(name)\n\t_ = os.WriteFile(name, nil, 0o600)\n\tif err == nil {\n\t\t_ = os.Remove(name)\n\t\treturn\n\t}\n\tt.Error("every other time")\n}\n',
    },
    change: { [rate]: edited(rate, ['// Cost is the price', '// Cost is the whole price']) },
    flaky: ['example.com/shop/internal/rate.TestFlaky'],
  },
  {
    name: 'integration tests behind a tag, files for two systems, and a package of types alone',
    change: {
      'internal/store/integration_test.go':
        '//go:build integration\n\npackage store\n\nimport "testing"\n\nfunc TestIntegration(t *testing.T) {\n\tif NewMemory() == nil {\n\t\tt.Error("no")\n\t}\n}\n',
      'internal/rate/round_linux.go': 'package rate\n\nfunc round(n int64) int64 { return n }\n',
      'internal/rate/round_other.go': '//go:build !linux\n\npackage rate\n\nfunc round(n int64) int64 { return n }\n',
      'internal/event/event.go':
        '// Package event names what happens.\npackage event\n\n// Priced is told when a price is asked for.\ntype Priced struct{ Name string }\n',
      [rate]: edited(rate, ['return r.Cents * minutes', 'return round(r.Cents * minutes)']),
      [handler]: edited(
        handler,
        ['\t"example.com/shop/internal/rate"', '\t"example.com/shop/internal/event"\n\t"example.com/shop/internal/rate"'],
        ['\th.rates.Save(made)', '\tlog.Print(event.Priced{Name: made.Name})\n\th.rates.Save(made)'],
        ['\t"encoding/json"', '\t"encoding/json"\n\t"log"'],
      ),
    },
  },
  {
    name: 'generated code with whatever it says, and test data that is no Go',
    change: {
      'internal/rate/names_gen.go':
        '// Code generated by names. DO NOT EDIT.\n\npackage rate\n\n// TODO: a remark of the generator\nfunc nameOf(r Rate) string { return r.Name }\n\n// Spare is written for nobody.\ntype Spare struct{}\n\n// NewSpare makes one.\nfunc NewSpare() *Spare { return &Spare{} }\n',
      [rate]: edited(rate, ['return r.Cents * minutes', '_ = nameOf(r)\n\treturn r.Cents * minutes']),
      'internal/rate/testdata/broken.go': 'package  broken\nfunc {',
    },
  },
  {
    name: 'a constructor that only another constructor calls, and a method that tests alone use',
    change: {
      'internal/store/clock.go':
        'package store\n\n// ticker counts.\ntype ticker struct{ n int }\n\n// newTicker makes one.\nfunc newTicker() *ticker { return &ticker{} }\n\nfunc (t *ticker) tick() int {\n\tt.n++\n\treturn t.n\n}\n\n// Ticks is what was counted.\nfunc (t *ticker) Ticks() int { return t.n }\n',
      'internal/store/clock_test.go':
        'package store\n\nimport "testing"\n\nfunc TestTicker(t *testing.T) {\n\tticker := newTicker()\n\tticker.tick()\n\tif ticker.Ticks() != 1 {\n\t\tt.Error("not counted")\n\t}\n}\n',
      [memory]: edited(
        memory,
        ['\trates map[string]rate.Rate\n}', '\trates map[string]rate.Rate\n\tticks *ticker\n}'],
        ['return &Memory{rates: map[string]rate.Rate{}}', 'return &Memory{rates: map[string]rate.Rate{}, ticks: newTicker()}'],
        ['\tr, ok := m.rates[name]', '\tm.ticks.tick()\n\tr, ok := m.rates[name]'],
      ),
    },
  },
  {
    name: 'an interface that a type of the standard library implements',
    change: {
      [memory]: edited(
        memory,
        ['// Memory is a', '// Locker guards.\ntype Locker interface {\n\tLock()\n\tUnlock()\n}\n\n// Memory is a'],
        ['\tmu    sync.Mutex', '\tmu    Locker'],
        ['return &Memory{rates', 'return &Memory{mu: &sync.Mutex{}, rates'],
      ),
    },
  },
  {
    name: 'dead code that goes, with its test, as planned',
    base: {
      'internal/rate/dead.go': 'package rate\n\n// Dead is unused.\nfunc Dead() int { return 1 }\n',
      'internal/rate/dead_test.go':
        'package rate\n\nimport "testing"\n\nfunc TestDead(t *testing.T) {\n\tif Dead() != 1 {\n\t\tt.Error("no")\n\t}\n}\n',
    },
    change: { 'internal/rate/dead.go': null, 'internal/rate/dead_test.go': null },
    input: {
      plan: planOf([
        { path: 'internal/rate/dead.go', change: 'delete' },
        { path: 'internal/rate/dead_test.go', change: 'delete' },
      ]),
    },
  },
  {
    name: 'the first use of a file that nothing used, of which the rest stays unused',
    base: {
      'internal/rate/dead.go':
        'package rate\n\n// Dead is unused.\nfunc Dead() int { return 1 }\n\n// Free is a price.\nfunc Free() int64 { return 0 }\n',
    },
    change: { [rate]: edited(rate, ['if cents < 0', 'if cents < Free()']) },
  },
  {
    name: 'words that the base says already, on lines that move',
    base: { [rate]: edited(rate, ['// New makes a rate.', '// New makes a rate. TODO: check names']) },
    change: {
      [rate]: edited(
        rate,
        ['// New makes a rate.', '// New makes a rate. TODO: check names'],
        ['import "errors"', 'import "errors"\n\n// Free is a price.\nconst free = 0'],
        ['if cents < 0', 'if cents < free'],
      ),
    },
  },
  { name: 'a README, and nothing else', change: { 'README.md': 'TODO: not implemented, for now\n' } },
]

describe('green for', () => {
  it.for(changes)('$name', async (harmless, { expect }) => {
    const verdict = await bench.judge(harmless)
    expect(sayFailures(verdict.failures)).toEqual([])
    expect(sayFailures(verdict.alsoAtBase)).toEqual(harmless.atBase ?? [])
    expect(verdict.flaky).toEqual(harmless.flaky ?? [])
    expect(sayVerdict(verdict)).toBe('green')
  })

  it('a tree that has no base to be compared with', async ({ expect }) => {
    const verdict = await bench.judgeAlone()
    expect([sayVerdict(verdict), sayFailures(verdict.failures)]).toEqual(['green', []])
  })
})
