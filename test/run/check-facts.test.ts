// What is checked of a hand-over's Go files, and that only their packages are looked at.
import { describe, expect, test } from 'vitest'
import type { Assignment } from '../../src/agent/attempt.ts'
import { noFacts } from '../../src/gate/measure-facts.ts'
import type { FactsRequest } from '../../src/go-analyzer.ts'
import type { GoFacts } from '../../src/go-facts.ts'
import { asRepoPath } from '../../src/ids.ts'
import { checkFacts } from '../../src/run/check-facts.ts'
import type { TreeChange } from '../../src/world.ts'
import { makeTempDir, writeFiles } from '../support/git-dir.ts'
import { makePlan, makeTask } from './simulate.ts'

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
  })
  return { patterns: requests.map((one) => one.patterns), faults }
}

describe('the facts of a hand-over', () => {
  test('are asked of the packages that changed and of those that were planned, once each', async () => {
    const { patterns } = await asked({ files: ['a.go', 'in/b.go', 'in/c.go', 'README.md'], planned: ['in/b.go', 'a.go'] })
    expect(patterns).toEqual([['.', './in']])
  })

  test('count from the folder of the module', async () => {
    const { patterns } = await asked({ files: ['mod/a.go', 'mod/in/b.go'], dir: '/mod' })
    expect(patterns).toEqual([['.', './in']])
  })

  test('are those of everything where no package can be named', async () => {
    const { patterns } = await asked({ files: ['mod/testdata/a.go', 'other/b.go', 'mod/_x/c.go'], dir: '/mod' })
    expect(patterns).toEqual([undefined])
  })

  test('are not asked for when no Go file changed', async () => {
    expect((await asked({ files: ['README.md'] })).patterns).toEqual([])
  })

  test('name a planned symbol that is not there, also when its folder is missing', async () => {
    const { patterns, faults } = await asked({ files: ['in/b.go'], planned: ['gone/a.go'] })
    expect(patterns).toEqual([['./in']])
    expect(faults).toEqual(['gone/a.go is planned to declare X and does not.'])
  })
})
