// What is said of contracts that do not type-check, and what those that do declare. The type checker's answers are given; it has its own tests.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { WorldFault } from '../../src/fault.ts'
import { noFacts } from '../../src/gate/measure-facts.ts'
import type { Analyzer, GoOverlay } from '../../src/go-analyzer.ts'
import type { GoDiagnostic, GoFacts, GoSymbol } from '../../src/go-facts.ts'
import { asRepoPath, asTaskId } from '../../src/ids.ts'
import type { Contract } from '../../src/plan/plan.ts'
import { type ContractGround, typeCheckContracts } from '../../src/plan/type-check-contracts.ts'

const contract: Contract = {
  task: asTaskId('w1-entity-architect'),
  path: asRepoPath('internal/rating/rating.go'),
  kind: 'declare',
  source: 'package rating\n\ntype Rating struct{ ID uuid.UUID }\n\nfunc New(stars int) (*Rating, error)\n',
}

function error(file: string, line: number, message: string): GoDiagnostic {
  return { file, line, column: 1, message, kind: 'type', package: 'example.com/m', test: false }
}

function symbol(name: string, changes: Partial<GoSymbol> = {}): GoSymbol {
  return {
    package: 'example.com/m/internal/rating',
    name,
    kind: 'struct',
    file: contract.path,
    line: 1,
    endLine: 1,
    exported: true,
    test: false,
    signature: '',
    doc: '',
    ...changes,
  }
}

/** A checkout whose type checker gives these facts with and without the overlay. */
function ground(answer: {
  readonly base?: Partial<GoFacts>
  readonly after?: Partial<GoFacts>
  readonly overlay?: Partial<GoOverlay>
}): ContractGround & { readonly root: string } {
  const root = mkdtempSync(join(tmpdir(), 'contracts-'))
  const generated = join(root, 'generated.go')
  writeFileSync(
    generated,
    'package rating\n\ntype Rating struct{ ID uuid.UUID }\n\nfunc New(stars int) (*Rating, error) {\n\tpanic("dce: contract of w1-entity-architect")\n}\n',
  )
  const analyzer: Pick<Analyzer, 'overlay' | 'facts'> = {
    facts: async ({ overlay }) => ({ ...noFacts, ...(overlay === undefined ? answer.base : answer.after) }),
    overlay: async ({ outDir }) => ({
      overlayFile: join(outDir, 'overlay.json'),
      files: [{ path: contract.path, generated, kind: 'declare', tasks: [contract.task], dirs: ['internal/rating'] }],
      emptyDirs: [],
      dropped: [],
      faults: [],
      ...answer.overlay,
    }),
  }
  return { analyzer, tree: { root, dir: root }, newOutDir: () => join(root, 'out'), root }
}

const signal = new AbortController().signal
const checked = async (from: ContractGround) => {
  const result = await typeCheckContracts(from)([contract], signal)
  if (result.kind !== 'checked') throw new Error(result.why)
  return result
}

describe('faults', () => {
  test('an error in a contract names the contract and the line as it was written', async () => {
    const { faults } = await checked(
      ground({ after: { diagnostics: [error(contract.path, 3, 'undefined: uuid'), error(contract.path, 5, 'missing return')] } }),
    )
    expect(faults).toEqual([
      'Contract 1 (w1-entity-architect, internal/rating/rating.go), line 3: undefined: uuid',
      'Contract 1 (w1-entity-architect, internal/rating/rating.go), line 5: missing return',
    ])
  })

  test('an error that the contracts cause elsewhere names the file and what to do', async () => {
    const { faults } = await checked(
      ground({ after: { diagnostics: [error('internal/store/store.go', 9, '*Store does not implement Repository')] } }),
    )
    expect(faults[0]).toMatch(
      /^With the contracts, internal\/store\/store\.go:9 no longer compiles: \*Store does not implement Repository\. Plan that file as an edit/,
    )
  })

  test('what was broken at the base is nobody’s fault, wherever its line went; once more of it is', async () => {
    const broken = error('internal/api/x.go', 4, 'undefined: syscall.SO_REUSEPORT')
    expect((await checked(ground({ base: { diagnostics: [broken] }, after: { diagnostics: [{ ...broken, line: 7 }] } }))).faults).toEqual(
      [],
    )
    expect(
      (await checked(ground({ base: { diagnostics: [broken] }, after: { diagnostics: [broken, { ...broken, line: 7 }] } }))).faults,
    ).toHaveLength(1)
  })

  test('what cannot be used, and what is declared already, is said', async () => {
    const { faults } = await checked(
      ground({
        overlay: {
          faults: [{ task: contract.task, path: contract.path, line: 2, message: 'expected declaration' }],
          dropped: [{ task: contract.task, path: contract.path, symbol: 'Rating', file: 'internal/rating/old.go', line: 8 }],
        },
      }),
    )
    expect(faults).toEqual([
      'Contract 1 (w1-entity-architect, internal/rating/rating.go), line 2: expected declaration',
      'Contract 1 (w1-entity-architect, internal/rating/rating.go): Rating is declared already in internal/rating/old.go:8. Use it as it is and leave it out, amend it, or choose another name.',
    ])
  })

  test('a hundred errors are told as forty and a number', async () => {
    const diagnostics = Array.from({ length: 100 }, (_, at) => error('a.go', at, `undefined: x${at}`))
    const { faults } = await checked(ground({ after: { diagnostics } }))
    expect(faults).toHaveLength(41)
    expect(faults.at(-1)).toBe('60 more type errors come of the contracts.')
  })
})

test('folders that only the contracts have are made before go looks', async () => {
  const from = ground({ overlay: { emptyDirs: ['internal/rating'] } })
  await checked(from)
  expect(await readdir(join(from.root, 'internal'))).toEqual(['rating'])
})

test('new exported symbols are declared: interfaces that want an implementation, constructors, others', async () => {
  const own = 'example.com/m/internal/rating'
  const method = { package: own, file: contract.path, line: 1, exported: true, test: false, used: true, methods: [], implementers: [] }
  const { declared } = await checked(
    ground({
      base: { symbols: [symbol('Old')] },
      after: {
        packages: [
          {
            path: own,
            name: 'rating',
            dir: 'internal/rating',
            isMain: false,
            goFiles: [],
            testFiles: [],
            ignoredFiles: [],
            generatedFiles: [],
            imports: [],
          },
        ],
        interfaces: [
          { ...method, name: 'Repository', empty: false, constraint: false },
          { ...method, name: 'Number', empty: false, constraint: true },
        ],
        symbols: [
          symbol('Old'),
          symbol('Rating'),
          symbol('hidden', { exported: false }),
          symbol('Repository', { kind: 'interface' }),
          symbol('Number', { kind: 'interface' }),
          symbol('New', { kind: 'func', signature: `func(int, func(string) error) (*${own}.Rating, error)` }),
          symbol('Newest', { kind: 'func', signature: `func() *${own}.Rating` }),
          symbol('NewOf', { kind: 'func', signature: `func(${own}.Rating) string` }),
          symbol('Elsewhere', { file: 'internal/other.go' }),
        ],
      },
    }),
  )
  expect(declared.map(({ subject, kind }) => `${kind} ${subject}`)).toEqual([
    'other internal/rating.Rating',
    'interface internal/rating.Repository',
    'other internal/rating.Number',
    'constructor internal/rating.New',
    'other internal/rating.Newest',
    'other internal/rating.NewOf',
  ])
  expect(declared[0]?.task).toBe('w1-entity-architect')
})

test('a type checker that does not answer is no verdict on the contracts, and is asked again', async () => {
  let asked = 0
  const from = ground({})
  const facts: Analyzer['facts'] = async (request) => {
    if (asked++ === 0) throw new WorldFault({ service: 'go', problem: 'killed', retryable: true })
    return from.analyzer.facts(request)
  }
  const check = typeCheckContracts({ ...from, analyzer: { ...from.analyzer, facts } })
  expect(await check([contract], signal)).toEqual({ kind: 'could-not-run', why: 'go: killed' })
  expect(await check([contract], signal)).toEqual({ kind: 'checked', faults: [], declared: [] })
})
