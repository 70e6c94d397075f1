// A small plan that every rule accepts, and the facts it is held against; tests change one thing of it.
import type { Feature } from '../../src/feature/feature.ts'
import { readSpec } from '../../src/feature/read-spec.ts'
import { asSpecialistName, type WaveNumber } from '../../src/ids.ts'
import { checkPlan } from '../../src/plan/check-plan.ts'
import type { Plan, PlanAnswer } from '../../src/plan/plan.ts'
import type { PlanFacts } from '../../src/plan/plan-facts.ts'
import type { Specialist } from '../../src/plan/specialist.ts'

const spec = `# Call ratings

- R1: A call can be rated from 1 to 5.
- R2: POST /api/v1/ratings answers 201.
- R3: A rating is stored.
`

/** The feature of the small plan: R1 to R3, one endpoint. */
export function smallFeature(): Feature {
  const { result } = readSpec({ text: spec, source: 'specs/ratings.md' })
  if (result.kind !== 'feature') throw new Error('the small specification is not readable')
  return result.feature
}

/** A specialist that builds; changes go over it. */
export function aSpecialist(name: string, wave: WaveNumber, changes: Partial<Specialist> = {}): Specialist {
  return {
    kind: 'specialist',
    name: asSpecialistName(name),
    title: name,
    description: `Does what ${name} does.`,
    wave,
    tools: ['read', 'write'],
    model: 'builder',
    effort: 'medium',
    writes: [],
    needs: [],
    leaveOutWhen: 'There is nothing for it to do here.',
    draft: 'keep',
    prompt: `You are ${name}.`,
    source: { path: `specialists/${wave}-${name}.md`, layer: 'built-in' },
    ...changes,
  }
}

/** A planner and six who build. */
export const smallTeam: readonly Specialist[] = [
  aSpecialist('foundation-analyst', 0, { model: 'planner', tools: ['read'] }),
  aSpecialist('entity-architect', 1),
  aSpecialist('value-object-designer', 1, { draft: 'fold' }),
  aSpecialist('repository-builder', 2),
  aSpecialist('rest-api-builder', 4),
  aSpecialist('unit-test-engineer', 5),
  aSpecialist('documentation-writer', 5, { draft: 'skip' }),
]

type AnswerTask = PlanAnswer['tasks'][number]

/** A task of the small answer with everything a rule asks for; changes go over it. */
export function aTask(id: string, changes: Partial<AnswerTask> = {}): AnswerTask {
  const [, wave = '1', specialist = ''] = /^w(\d)-(.*?)(?:-\d+)?$/u.exec(id) ?? []
  return {
    id,
    specialist,
    wave: Number(wave),
    title: `What ${id} does`,
    brief: 'As the neighbours do it.',
    files: [{ path: `internal/${id}/x.go`, change: 'create', symbols: [] }],
    paths: [],
    needs: [],
    acceptance: ['it compiles'],
    requirements: ['R1'],
    covers: [],
    integrates: false,
    ...changes,
  }
}

/** An answer without faults; changes go over it. */
export function anAnswer(changes: Partial<PlanAnswer> = {}): PlanAnswer {
  return {
    summary: 'Ratings, in four tasks.',
    tasks: [
      aTask('w1-entity-architect', {
        files: [{ path: 'internal/domain/rating/rating.go', change: 'create', symbols: ['Rating', 'New'] }],
        covers: [{ specialist: 'value-object-designer', reason: 'one value' }],
      }),
      aTask('w2-repository-builder', {
        files: [
          { path: 'internal/store/rating.go', change: 'create', symbols: ['RatingStore'] },
          { path: 'migrations/0002_ratings.sql', change: 'create', symbols: [] },
        ],
        needs: ['w1-entity-architect'],
        requirements: ['R3'],
      }),
      aTask('w4-rest-api-builder', {
        files: [
          { path: 'internal/api/rating.go', change: 'create', symbols: [] },
          { path: 'internal/api/routes.go', change: 'edit', symbols: [] },
        ],
        needs: ['w2-repository-builder'],
        requirements: ['R2'],
        integrates: true,
      }),
      aTask('w5-unit-test-engineer', {
        files: [{ path: 'internal/domain/rating/rating_test.go', change: 'create', symbols: [] }],
        paths: ['internal/store/rating*_test.go', 'internal/api/rating*_test.go'],
        requirements: [],
      }),
    ],
    contracts: [
      {
        task: 'w1-entity-architect',
        path: 'internal/domain/rating/rating.go',
        kind: 'declare',
        source: 'package rating\n\ntype Rating struct{ Stars int }\n\nfunc New(stars int) (*Rating, error)\n',
      },
    ],
    due: [],
    benchmarks: [],
    modules: [],
    skipped: [{ specialist: 'documentation-writer', reason: 'nothing to explain' }],
    withoutTask: [],
    estimate: { turnsPerTask: 10, basis: 'five small files' },
    ...changes,
  }
}

/** Facts of a repository with one API, at quality level production; changes go over them. */
export function someFacts(changes: Partial<PlanFacts> = {}): PlanFacts {
  return {
    feature: smallFeature(),
    config: { outputDir: '.', qualityLevel: 'production', executionMode: 'adaptive', maxParallel: 5 },
    files: new Set([
      'go.mod',
      'cmd/api/main.go',
      'internal/api/routes.go',
      'internal/api/routes_test.go',
      'internal/store/store.go',
      'migrations/0001_init.sql',
      'docs',
    ]),
    links: new Set(['docs']),
    whyProtected: (path) => (path.startsWith('.github/workflows/') || path.startsWith('.git/') ? 'it is executed by the CI' : undefined),
    specialists: smallTeam,
    baseFailures: [],
    contractFaults: [],
    declared: [
      { task: 'w1-entity-architect', path: 'internal/domain/rating/rating.go', subject: 'internal/domain/rating.New', kind: 'constructor' },
      {
        task: 'w1-entity-architect',
        path: 'internal/domain/rating/rating.go',
        subject: 'internal/domain/rating.Repository',
        kind: 'interface',
      },
    ],
    price: { input: 2, output: 10, cacheWrite: 2.5, cacheRead: 0.1 },
    ...changes,
  }
}

/** The plan that the small answer becomes. */
export function aPlan(answer: Partial<PlanAnswer> = {}, facts: Partial<PlanFacts> = {}): Plan {
  const checked = checkPlan(anAnswer(answer), someFacts(facts))
  if (checked.kind === 'faults') throw new Error(checked.faults.join('\n'))
  return checked.plan
}
