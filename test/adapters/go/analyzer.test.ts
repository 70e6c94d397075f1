// The analyzer port over the real program: built once, asked about a tiny module.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AnalyzerSetup, createAnalyzer } from '../../../src/adapters/go/analyzer.ts'
import { goCommands } from '../../../src/adapters/go/go-commands.ts'
import type { Analyzer, GoContract } from '../../../src/go-analyzer.ts'
import type { Sandbox } from '../../../src/world.ts'
import { directExec } from '../../support/direct-exec.ts'

const files = {
  'go.mod': 'module example.com/m\n\ngo 1.24\n',
  'main.go': [
    'package main',
    '',
    'import (',
    '\t"net/http"',
    '',
    '\t"example.com/m/rate"',
    ')',
    '',
    'func main() { http.HandleFunc("GET /rates/{id}", show); _ = rate.New() }',
    '',
    'func show(w http.ResponseWriter, r *http.Request) {}',
    '',
  ].join('\n'),
  'rate/rate.go': [
    'package rate',
    '',
    'type Rate struct{ ID string }',
    '',
    'type Store interface{ Find(id string) *Rate }',
    '',
    'func New() *Rate { return nil }',
    '',
    'func dead() int { return "x" }',
    '',
  ].join('\n'),
  'rate/rate_test.go': 'package rate\n\nimport "testing"\n\nfunc TestNew(t *testing.T) { if New() != nil { t.Fatal("no") } }\n',
}

const quota: GoContract = {
  task: 'w1-quota',
  path: 'quota/quota.go',
  kind: 'declare',
  source: 'package quota\n\nimport "example.com/m/rate"\n\ntype Quota struct{ Rate *rate.Rate }\n\nfunc New(r *rate.Rate) *Quota\n',
}
const field: GoContract = {
  task: 'w1-rate',
  path: 'rate/rate.go',
  kind: 'amend',
  source: 'package rate\n\ntype Rate struct{ Cents int }\n',
}

let work: string
let root: string
let analyzer: Analyzer
const plain: Sandbox = { mode: 'off', run: (command) => directExec.run(command) }

function setup(change: Partial<AnalyzerSetup> = {}): AnalyzerSetup {
  const modCache = process.env['GOMODCACHE'] ?? ''
  const cache = process.env['GOCACHE'] ?? ''
  const path = process.env['PATH'] ?? ''
  return {
    go: goCommands({ sandbox: plain, cache, modCache, workDir: join(work, 'go'), path }),
    exec: directExec,
    sourceDir: join(import.meta.dirname, '../../../analyzer'),
    cacheDir: join(work, 'cache'),
    env: { PATH: path, HOME: process.env['HOME'] ?? '', GOCACHE: cache, GOMODCACHE: modCache },
    ...change,
  }
}

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'dce-analyzer-'))
  root = join(work, 'tree')
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  analyzer = createAnalyzer(setup())
})

afterAll(() => {
  rmSync(work, { recursive: true, force: true })
})

describe('the analyzer', { timeout: 300_000 }, () => {
  it('gives the facts of a tree, broken as it is', async () => {
    const facts = await analyzer.facts({ root, dir: root })
    expect(facts.packages.map((one) => one.path)).toEqual(['example.com/m', 'example.com/m/rate'])
    expect(facts.diagnostics.map(({ file, line, kind }) => ({ file, line, kind }))).toEqual([
      { file: 'rate/rate.go', line: 9, kind: 'type' },
    ])
    expect(facts.routes).toMatchObject([{ method: 'GET', pattern: '/rates/{id}', handler: { name: 'show' }, mounted: true }])
    expect(facts.interfaces).toMatchObject([{ name: 'Store', implementers: [] }])
    expect(facts.unreached.map((one) => one.name)).toEqual(['Store', 'dead'])
    expect(facts.tests).toMatchObject([{ name: 'TestNew', assertions: 1, kind: 'test' }])
  })

  it('makes an overlay that go, and it itself, look through', async () => {
    const outDir = join(work, 'overlay')
    const overlay = await analyzer.overlay({ root, dir: root, outDir, contracts: [quota, field] })
    expect(overlay).toMatchObject({ faults: [], dropped: [], emptyDirs: ['quota'] })
    expect(overlay.files.map(({ path, kind, tasks }) => ({ path, kind, tasks }))).toEqual([
      { path: 'quota/quota.go', kind: 'declare', tasks: ['w1-quota'] },
      { path: 'rate/rate.go', kind: 'amend', tasks: ['w1-rate'] },
    ])
    expect(readFileSync(overlay.files[0]?.generated ?? '', 'utf8')).toContain('panic("dce: contract of w1-quota")')
    mkdirSync(join(root, 'quota'))
    const facts = await analyzer.facts({ root, dir: root, overlay: overlay.overlayFile })
    rmSync(join(root, 'quota'), { recursive: true })
    expect(facts.symbols.find((one) => one.package === 'example.com/m/quota' && one.name === 'New')?.stub?.reason).toBe('contract')
    expect(facts.symbols.find((one) => one.name === 'Rate')?.signature).toBe('struct{ID string; Cents int}')
  })

  it('says in words what is wrong with a contract', async () => {
    const contracts = [{ ...quota, source: 'package quota\n\nfunc (' }]
    const overlay = await analyzer.overlay({ root, dir: root, outDir: join(work, 'faulty'), contracts })
    expect(overlay.faults).toMatchObject([{ task: 'w1-quota', path: 'quota/quota.go', line: 3 }])
  })

  it('answers what conforms, what contracts found, who uses what, and an outline', async () => {
    const checks = [
      { package: 'rate', expr: 'var _ Store = (*Rate)(nil)' },
      { package: 'rate', expr: 'var _ func() *Rate = New' },
    ]
    const { failures } = await analyzer.conformance({ root, dir: root, checks })
    expect(failures).toHaveLength(1)
    expect(failures[0]).toMatchObject({ expr: checks[0]?.expr, message: expect.stringContaining('missing method Find') })
    const contracts = [{ ...quota, path: 'rate/rate.go', source: 'package rate\n\nfunc New() *Rate\n\nfunc Parse(text string) *Rate\n' }]
    const compared = await analyzer.contractChecks({ root, dir: root, contracts })
    expect(compared.checks.map(({ symbol, state }) => [symbol, state])).toEqual([
      ['New', 'same'],
      ['Parse', 'missing'],
    ])
    const { symbols } = await analyzer.references({ root, dir: root, symbols: [{ package: 'example.com/m/rate', name: 'New' }] })
    expect(symbols[0]?.files.map((one) => one.file)).toEqual(['main.go', 'rate/rate_test.go'])
    const { text } = await analyzer.outline({ root, dir: root, maxBytes: 2_000, focus: ['rate'] })
    expect(text).toContain('  func New() *Rate\n')
  })

  it('is built once, by however many ask at once', async () => {
    const cacheDir = join(work, 'contended')
    const answers = await Promise.all([0, 1].map(() => createAnalyzer(setup({ cacheDir })).outline({ root, dir: root, maxBytes: 1_000 })))
    expect(answers[0]).toEqual(answers[1])
    const versions = readdirSync(join(cacheDir, 'analyzer'))
    expect(versions).toHaveLength(1)
    expect(readdirSync(join(cacheDir, 'analyzer', versions[0] ?? ''))).toEqual(['analyzer'])
  })

  it('says what is missing when it cannot be built', async () => {
    const broken = join(work, 'broken')
    mkdirSync(broken)
    writeFileSync(join(broken, 'go.mod'), 'module dce/analyzer\n')
    const asked = createAnalyzer(setup({ sourceDir: broken })).outline({ root, dir: root, maxBytes: 1_000 })
    await expect(asked).rejects.toMatchObject({ name: 'UserFault', exitCode: 4 })
  })

  it('never takes words for an answer when the program fails', async () => {
    const asked = analyzer.facts({ root: join(work, 'none'), dir: root })
    await expect(asked).rejects.toMatchObject({ name: 'WorldFault', service: 'go' })
  })
})
