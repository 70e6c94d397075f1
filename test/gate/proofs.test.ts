// Proofs, measured for real: coverage, benchmarks, migrations on PostgreSQL, the linter, races. What could not be measured is never met.
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it, vi } from 'vitest'
import { sayVerdict, type Verdict } from '../../src/gate/verdict.ts'
import { type Files, makeTempDir } from '../support/git-dir.ts'
import { type GateBench, openBench, sayFailures } from './gate-bench.ts'
import { planOf } from './plan-of.ts'
import { edited, shop } from './shop.ts'

// A case takes one to three seconds of a free machine; many are busy.
vi.setConfig({ testTimeout: 120_000 })

let bench: GateBench
beforeAll(async () => {
  bench = await openBench(shop)
})
afterAll(() => bench.close())

const rate = 'internal/rate/rate.go'
const checkOf = (verdict: Verdict, name: string) => verdict.checks.find((one) => one.check === name)

// A wired package of which tests reach half.
const half: Files = {
  'internal/half/half.go':
    '// Package half halves.\npackage half\n\n// Of halves.\nfunc Of(n int64) int64 {\n\tif n < 0 {\n\t\treturn -Of(-n)\n\t}\n\treturn n / 2\n}\n',
  'internal/half/half_test.go':
    'package half\n\nimport "testing"\n\nfunc TestOf(t *testing.T) {\n\tif Of(4) != 2 {\n\t\tt.Error("no")\n\t}\n}\n',
  [rate]: edited(
    rate,
    ['return r.Cents * minutes', 'return half.Of(2 * r.Cents * minutes)'],
    ['import "errors"', 'import (\n\t"errors"\n\n\t"example.com/shop/internal/half"\n)'],
  ),
}

describe('coverage', () => {
  it('is told in production and asked for where the repository or the level asks', async ({ expect }) => {
    const told = await bench.judge({ change: half })
    expect([told.verdict, checkOf(told, 'coverage')]).toMatchObject([
      'green',
      { state: 'passed', required: false, detail: 'internal/half 66.6 %' },
    ])
    const asked = await bench.judge({ change: half, config: { require: ['coverage'] } })
    expect([sayFailures(asked.failures), checkOf(asked, 'coverage')]).toMatchObject([
      ['coverage example.com/shop/internal/half'],
      { state: 'failed', required: true },
    ])
  })

  it('counts a new package that no test reaches at all', async ({ expect }) => {
    const change = {
      'internal/half/half.go': half['internal/half/half.go'] ?? '',
      'main.go': edited(
        'main.go',
        ['\tmux := http', '\tlog.Print(half.Of(4))\n\tmux := http'],
        ['\t"example.com/shop/internal/store"', '\t"example.com/shop/internal/half"\n\t"example.com/shop/internal/store"'],
      ),
    }
    const required = await bench.judge({ change, config: { require: ['coverage'] } })
    expect(required.failures.map((failure) => failure.message)).toEqual(['Tests reach 0 % of internal/half; 90 % is asked for.'])
  })
})

describe('benchmarks', () => {
  const measured: Files = {
    'internal/rate/bench_test.go':
      'package rate\n\nimport (\n\t"testing"\n\t"time"\n)\n\nfunc BenchmarkCost(b *testing.B) {\n\tfor b.Loop() {\n\t\t(Rate{Cents: 3}).Cost(2)\n\t}\n}\n\nfunc BenchmarkSlow(b *testing.B) {\n\tfor b.Loop() {\n\t\ttime.Sleep(time.Millisecond)\n\t}\n}\n',
  }
  const planned = (name: string, maxNs: number) =>
    planOf([{ path: 'internal/rate/bench_test.go' }], {
      benchmarks: [{ package: 'internal/rate', name, maxNs }],
      due: [{ what: 'benchmark', subject: `internal/rate.${name}`, wave: 5 }],
    })

  it('meet a threshold by the upper bound of ten samples, and only then', async ({ expect }) => {
    const met = await bench.judge({ change: measured, input: { plan: planned('BenchmarkCost', 1_000_000) } })
    expect(checkOf(met, 'benchmarks')).toMatchObject({
      state: 'passed',
      detail: expect.stringMatching(/^BenchmarkCost .* ns, 95 % bound .* of 1\.00 ms$/),
    })
    const missed = await bench.judge({ change: measured, input: { plan: planned('BenchmarkSlow', 500_000) } })
    expect(sayFailures(missed.failures)).toEqual(['benchmark BenchmarkSlow'])
  })

  it('that nobody wrote are not proven, and block where the repository requires them', async ({ expect }) => {
    const plan = planned('BenchmarkNone', 500)
    const verdict = await bench.judge({ change: measured, input: { plan } })
    expect(sayVerdict(verdict)).toBe('green, not proven: benchmarks')
    const required = await bench.judge({ change: measured, input: { plan }, config: { require: ['benchmarks'] } })
    expect(sayVerdict(required)).toBe('unknown: could not run benchmarks (internal/rate.BenchmarkNone: nothing measures it)')
  })

  it('of a later wave are due then', async ({ expect }) => {
    const verdict = await bench.judge({ change: measured, input: { plan: planned('BenchmarkNone', 500), wave: 1 } })
    expect([verdict.verdict, verdict.notProven, verdict.due]).toEqual([
      'green',
      [],
      [{ what: 'benchmark', subject: 'internal/rate.BenchmarkNone', wave: 5 }],
    ])
  })
})

describe('tests that want a service', () => {
  const dialling = (name: string): Files => ({
    'internal/store/sql_test.go': `package store\n\nimport (\n\t_ "database/sql"\n\t"net"\n\t"testing"\n)\n\nfunc ${name}(t *testing.T) {\n\tif _, err := net.Dial("tcp", "127.0.0.1:5432"); err != nil {\n\t\tt.Fatal(err)\n\t}\n}\n`,
  })

  it('are not proven where there is none, new ones and old ones', async ({ expect }) => {
    const fresh = await bench.judge({ change: dialling('TestSQL') })
    expect([sayVerdict(fresh), fresh.notProven.map((proof) => proof.reason)]).toEqual([
      'green, not proven: containers',
      ['no containers or services in the sandbox for example.com/shop/internal/store.TestSQL'],
    ])
    const old = await bench.judge({ base: dialling('TestSQL'), change: { [rate]: edited(rate, ['// Cost is the', '// Cost is a']) } })
    expect([sayVerdict(old), old.alsoAtBase]).toEqual(['green, not proven: containers', []])
  })

  it('fail where the base passed them without', async ({ expect }) => {
    const before: Files = {
      'internal/store/sql_test.go':
        'package store\n\nimport (\n\t_ "database/sql"\n\t"testing"\n)\n\nfunc TestSQL(t *testing.T) {\n\tif NewMemory() == nil {\n\t\tt.Fatal("none")\n\t}\n}\n',
    }
    const verdict = await bench.judge({ base: before, change: dialling('TestSQL') })
    expect(sayFailures(verdict.failures)).toEqual(['test TestSQL'])
  })
})

describe('the race detector', () => {
  it('runs at bulletproof and names the test', async ({ expect }) => {
    const change = {
      'internal/rate/race_test.go':
        'package rate\n\nimport "testing"\n\nfunc TestRace(t *testing.T) {\n\tn, done := 0, make(chan bool)\n\tgo func() {\n\t\tn++\n\t\tdone <- true\n\t}()\n\tn++\n\t<-done\n\tif n == 0 {\n\t\tt.Error("no")\n\t}\n}\n',
    }
    const verdict = await bench.judge({ change, input: { level: 'bulletproof' } })
    expect(sayFailures(verdict.failures)).toEqual(['race TestRace'])
  })
})

describe("the repository's linter", () => {
  // Stands for golangci-lint: its version, and a JSON report with an issue per line that says "bad".
  const linter = [
    '#!/bin/sh',
    'if [ "$1" = version ]; then echo "golangci-lint has version 2.15.0"; exit 0; fi',
    'echo "level=warning" >&2',
    'comma=""',
    `printf '{"Issues":['`,
    'for found in $(grep -rn bad --include=*.go . | cut -d: -f1,2); do',
    '  file=$(echo $found | cut -d: -f1) line=$(echo $found | cut -d: -f2)',
    `  printf '%s{"FromLinter":"words","Text":"a bad word","Pos":{"Filename":"%s","Line":%s}}' "$comma" "$file" "$line"`,
    '  comma=,',
    'done',
    `printf ']}\\n1 issues.\\n'`,
    '',
  ].join('\n')
  const base: Files = { '.golangci.yml': 'version: "2"\n', 'internal/rate/old.go': 'package rate\n\n// a bad word of the base\n' }

  it('says what is new, with the program; without it nothing is proven', async ({ expect }) => {
    const change = { 'internal/rate/new.go': 'package rate\n\n// a bad word\n' }
    const without = await bench.judge({ base, change })
    expect(sayVerdict(without)).toBe('green, not proven: lint')
    const folder = makeTempDir('linter')
    writeFileSync(join(folder, 'golangci-lint'), linter)
    chmodSync(join(folder, 'golangci-lint'), 0o755)
    const own = await openBench({ ...shop, ...base }, { path: `${folder}:${process.env['PATH']}`, readable: [folder] })
    try {
      const verdict = await own.judge({ change })
      expect([sayFailures(verdict.failures), sayFailures(verdict.alsoAtBase)]).toEqual([
        ['lint internal/rate/new.go'],
        ['lint internal/rate/old.go'],
      ])
    } finally {
      await own.close()
    }
  })
})
