// What the analyzer finds wrong with an attempt's files is the attempt's only where its lines are.
import { describe, expect, it } from 'vitest'
import { noFacts } from '../../src/gate/measure-facts.ts'
import type { GoFacts, GoSymbol } from '../../src/go-facts.ts'
import { asSha } from '../../src/ids.ts'
import { checkFacts } from '../../src/run/check-facts.ts'
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
    addedLines: new Map([[file, new Set(added)]]),
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
