// A feature, its plan, and what an agent and a gate say of it: parts of a-run.ts.
import type { AttemptOutcome, HandOver } from '../../src/agent/attempt.ts'
import type { Feature } from '../../src/feature/feature.ts'
import type { Verdict } from '../../src/gate/verdict.ts'
import { asRepoPath, asSha, type WaveNumber } from '../../src/ids.ts'
import type { Plan } from '../../src/plan/plan.ts'
import type { ConversationUse } from '../../src/world.ts'
import { makePlan, makeTask, makeVerdict } from '../run/simulate.ts'

/** Tokens and money of an attempt. */
export function useOf(turns: number, costUsd: number): ConversationUse {
  return {
    turns,
    toolCalls: turns * 2,
    usage: { inputTokens: turns * 900, cacheReadTokens: turns * 9_000, cacheWriteTokens: turns * 700, outputTokens: turns * 400 },
    costUsd,
  }
}

/** A specification about quotas of calls. */
export const feature: Feature = {
  version: 1,
  title: 'Call quotas per buyer',
  slug: 'call-quotas',
  spec: { source: 'specs/quotas.md', hash: 'f00d', text: '# Call quotas' },
  overview: 'Buyers get a daily quota of calls.\nA call beyond it is refused with 429.',
  requirements: [
    { id: 'R1', text: 'A quota is an amount per day and buyer' },
    { id: 'R2', text: 'Charging beyond the quota is refused' },
    { id: 'R3', text: 'POST /api/v1/quotas sets a quota' },
    { id: 'R4', text: 'Quotas survive a restart' },
  ],
  domainModels: [{ name: 'Quota', text: 'amount per day' }],
  serviceRequirements: [],
  apiEndpoints: [{ method: 'POST', path: '/api/v1/quotas', text: 'sets a quota' }],
  qualityStandards: [],
  dependencies: [],
  notWanted: [],
}

const file = (path: string, symbols: readonly string[] = [], change: 'create' | 'edit' = 'create') => ({
  path: asRepoPath(path),
  change,
  symbols,
})

/** Eight tasks in four waves. */
export const plan: Plan = {
  ...makePlan([
    makeTask(1, 'entity-architect', {
      title: 'Quota entity',
      files: [file('internal/domain/quota/quota.go', ['Quota', 'NewQuota', '(*Quota).Charge'])],
      requirements: ['R1', 'R2'],
    }),
    makeTask(1, 'value-object-designer', {
      title: 'Window value',
      files: [file('internal/domain/values/window.go', ['Window'])],
      requirements: ['R1'],
    }),
    makeTask(1, 'repository-interface-designer', {
      title: 'Repository of quotas',
      files: [file('internal/domain/quota/repository.go', ['Repository'])],
      requirements: ['R4'],
    }),
    makeTask(2, 'repository-implementer', {
      title: 'PostgreSQL repository',
      files: [file('internal/infrastructure/postgres/quota.go', ['QuotaRepository'])],
      needs: ['w1-repository-interface-designer', 'w1-entity-architect'],
      requirements: ['R4'],
    }),
    makeTask(2, 'migration-engineer', { title: 'Table of quotas', files: [file('migrations/0007_quotas.up.sql')], requirements: ['R4'] }),
    makeTask(3, 'service-orchestrator', {
      title: 'Quota service',
      files: [file('internal/service/quota/service.go', ['Service'])],
      needs: ['w2-repository-implementer'],
      integrates: true,
      requirements: ['R2'],
    }),
    makeTask(4, 'rest-api-builder', {
      title: 'Quota endpoints',
      files: [file('internal/api/rest/quotas.go', ['QuotaHandler']), file('internal/api/rest/routes.go', [], 'edit')],
      needs: ['w3-service-orchestrator'],
      requirements: ['R3'],
    }),
    makeTask(5, 'unit-test-engineer', {
      needs: ['w4-rest-api-builder'],
      title: 'Tests',
      files: [file('internal/domain/quota/quota_test.go')],
      paths: ['internal/**/*_test.go'],
    }),
  ]),
  summary: 'Quotas as an entity with a PostgreSQL repository, a service and one endpoint.',
  due: [{ what: 'route', subject: 'POST /api/v1/quotas', wave: 4 }],
  skipped: [{ specialist: makeTask(4, 'graphql-designer').specialist, reason: 'The repository has no GraphQL.' }],
  estimate: {
    tasks: 8,
    turns: 96,
    inputTokens: 900_000,
    outputTokens: 60_000,
    usd: 4.2,
    minutes: 35,
    basis: '12 turns a task, as in the last runs',
  },
}

/** A hand-over with what a reviewer reads. */
export function handOver(more: Partial<HandOver> = {}): HandOver {
  return { summary: 'Built as planned.', files: [], requirements: [], checks: [], disputes: [], notes: '', ...more }
}

/** An attempt that finished with these files. */
export function done(changed: readonly string[], more: { handOver?: Partial<HandOver>; use?: ConversationUse } = {}): AttemptOutcome {
  return {
    kind: 'finished',
    commit: asSha(`c0ffee${changed.length}`),
    changed,
    handOver: handOver(more.handOver),
    use: more.use ?? useOf(9, 0.31),
  }
}

/** A verdict with checks and figures. */
export function judged(wave: WaveNumber, more: Partial<Verdict> = {}): Verdict {
  return {
    ...makeVerdict(more.failures ?? [], wave),
    checks: [
      { check: 'compilation', required: true, state: 'passed', detail: '212 packages', durationMs: 8_200 },
      { check: 'tests', required: true, state: 'passed', detail: '48 tests', durationMs: 21_000 },
      { check: 'benchmarks', required: false, state: 'could-not-run', detail: 'none planned yet', durationMs: 0 },
    ],
    notProven: [{ check: 'benchmarks', reason: 'none planned yet' }],
    figures: { tests: 48, packages: 212 },
    durationMs: 31_000,
    ...more,
  }
}
