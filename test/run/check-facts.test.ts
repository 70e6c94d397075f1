// What the analyzer finds wrong with an attempt's files is the attempt's only where its lines are.
import { describe, expect, it } from 'vitest'
import type { Assignment } from '../../src/agent/attempt.ts'
import { noFacts } from '../../src/gate/measure-facts.ts'
import type { FactsRequest } from '../../src/go-analyzer.ts'
import type { GoFacts, GoSymbol } from '../../src/go-facts.ts'
import { asRepoPath, asSha } from '../../src/ids.ts'
import { checkFacts } from '../../src/run/check-facts.ts'
import type { TreeChange } from '../../src/world.ts'
import { makeTempDir, writeFiles } from '../support/git-dir.ts'
import { makePlan, makeTask } from './simulate.ts'

const task = makeTask(1, 'entity')
const file = task.files[0]?.path ?? ''

function faultsOf(facts: Partial<GoFacts>, added: readonly number[]): Promise<readonly string[]> {
  return checkFacts({
    analyzer: { facts: async () => ({ ...noFacts, ...facts }) },
    tree: { root: '/w', dir: '/w' },
    assignment: {
      plan: makePlan([task]),
      task: { ...task, files: [{ ...task.files[0], path: task.files[0]?.path, change: 'edit', symbols: [] }] as typeof task.files },
      attempt: 1,
      base: asSha('a'.repeat(40)),
      paths: [file],
      merged: [],
      brief: { kind: 'first' },
    },
    changes: [{ path: file, change: 'modified' }] as never,
    addedLines: async () => new Map([[file, new Set(added)]]),
  })
}

const symbol = (more: Partial<GoSymbol>): GoSymbol =>
  ({
    name: 'List',
    kind: 'func',
    file,
    line: 10,
    endLine: 12,
    package: 'p',
    exported: true,
    test: false,
    signature: 'func()',
    ...more,
  }) as GoSymbol

describe('a stub in a changed file', () => {
  const stub = { reason: 'status-501', text: 'http.StatusNotImplemented' } as const

  it('that stood there before is nobody’s fault', async () => {
    expect(await faultsOf({ symbols: [symbol({ stub })] }, [2, 3, 13])).toEqual([])
  })

  it('of lines that the attempt wrote is told', async () => {
    expect(await faultsOf({ symbols: [symbol({ stub })] }, [11])).toEqual([`${file}:10 List is a stub (http.StatusNotImplemented).`])
  })
})

describe('a body that stands for a contract', () => {
  const standIn = (owner: string) => symbol({ stub: { reason: 'contract', text: `dce: contract of ${owner}` } as never })

  it('is a fault where the task itself has to write it, touched or not', async () => {
    expect(await faultsOf({ symbols: [standIn(task.id)] }, [])).toEqual([
      `${file}:10 List still has the body that stands for your contract: write the real one.`,
    ])
  })

  it('of a sibling is none', async () => {
    expect(await faultsOf({ symbols: [standIn('w1-other')] }, [11])).toEqual([])
  })
})

const added = (path: string): TreeChange => ({ path: asRepoPath(path), change: 'added', newBlob: '1'.repeat(40), newMode: '100644' })

async function asked(request: { readonly files: readonly string[]; readonly planned?: readonly string[]; readonly dir?: string }) {
  const root = makeTempDir('facts')
  writeFiles(root, Object.fromEntries(request.files.map((path) => [path, 'package x\n'])))
  const task = {
    ...makeTask(1, 'entity'),
    files: (request.planned ?? []).map((path) => ({ path: asRepoPath(path), change: 'create' as const, symbols: ['X'] })),
  }
  const assignment = { plan: makePlan([task]), task, brief: { kind: 'first' } } as unknown as Assignment
  const requests: FactsRequest[] = []
  const analyzer = {
    facts: async (one: FactsRequest): Promise<GoFacts> => {
      requests.push(one)
      return noFacts
    },
  }
  const faults = await checkFacts({
    analyzer,
    tree: { root, dir: `${root}${request.dir ?? ''}` },
    assignment,
    changes: request.files.map(added),
    addedLines: async () => new Map(),
  })
  return { patterns: requests.map((one) => one.patterns), faults }
}

describe('the facts of a hand-over', () => {
  it('are asked of the packages that changed and of those that were planned, once each', async () => {
    const { patterns } = await asked({ files: ['a.go', 'in/b.go', 'in/c.go', 'README.md'], planned: ['in/b.go', 'a.go'] })
    expect(patterns).toEqual([['.', './in']])
  })

  it('count from the folder of the module', async () => {
    const { patterns } = await asked({ files: ['mod/a.go', 'mod/in/b.go'], dir: '/mod' })
    expect(patterns).toEqual([['.', './in']])
  })

  it('are those of everything where no package can be named', async () => {
    const { patterns } = await asked({ files: ['mod/testdata/a.go', 'other/b.go', 'mod/_x/c.go'], dir: '/mod' })
    expect(patterns).toEqual([undefined])
  })

  it('are not asked for when no Go file changed', async () => {
    expect((await asked({ files: ['README.md'] })).patterns).toEqual([])
  })

  it('name a planned symbol that is not there, also when its folder is missing', async () => {
    const { patterns, faults } = await asked({ files: ['in/b.go'], planned: ['gone/a.go'] })
    expect(patterns).toEqual([['./in']])
    expect(faults).toEqual(['gone/a.go is planned to declare X and does not.'])
  })
})
