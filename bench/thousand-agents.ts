// Many agents in one process, put together from dce's own parts: model with ledger and governor, conversation, tools, journal, starter, git.
// Worktrees are made before the clock. What follows a hand-over (harvest, facts, commit, merge) is left out: it is what agents-5 to agents-100 measure.
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import Anthropic from '@anthropic-ai/sdk'
import { createGovernor } from '../src/adapters/anthropic/governor.ts'
import { createLedger } from '../src/adapters/anthropic/ledger.ts'
import { createModel } from '../src/adapters/anthropic/model.ts'
import { openMirror } from '../src/adapters/git/open-mirror.ts'
import { openSandbox } from '../src/adapters/sandbox/sandbox.ts'
import type { Assignment } from '../src/agent/attempt.ts'
import { createConverse } from '../src/agent/converse.ts'
import { fixedPrompt } from '../src/agent/prompt.ts'
import { type AgentParts, runAgent } from '../src/agent/run-agent.ts'
import { boundMemory } from '../src/cli/bound-memory.ts'
import { openMachine, personEnv } from '../src/cli/open-machine.ts'
import { builtInSpecialists } from '../src/cli/specialists-of.ts'
import { defaultConfig } from '../src/config.ts'
import { asRepoPath, asRunId, asSpecialistName, asTaskId, type Sha } from '../src/ids.ts'
import { loadSpecialists } from '../src/plan/load-specialists.ts'
import type { Plan, Task } from '../src/plan/plan.ts'
import { taskOf } from './site.ts'

const { values } = parseArgs({
  options: {
    agents: { type: 'string' },
    repo: { type: 'string' },
    worktrees: { type: 'string' },
    url: { type: 'string' },
    starter: { type: 'string', default: '' },
  },
})
boundMemory()
const agents = Number(values.agents)
const run = asRunId('bench-000000')
const machine = openMachine(process.env)
const { exec, clock, log } = machine
exec.useStarter(values.starter)
const journal = machine.journal()
const git = await openMirror({ repo: values.repo ?? '', cacheDir: machine.places.cache, exec, log, env: personEnv(process.env) })
const sandbox = await openSandbox({ mode: 'off', exec, visible: [], allowedHosts: [] })
const model = createModel({
  client: new Anthropic({ apiKey: 'bench', baseURL: values.url, maxRetries: 0 }),
  models: defaultConfig.models,
  ledger: createLedger({ purse: journal.purse, caps: () => ({ runUsd: 1e6, dayUsd: 1e6, planUsd: 1e6 }), clock }),
  governor: createGovernor({ clock, concurrency: agents, random: Math.random }),
  clock,
  log,
})
const converse = createConverse({ model, journal, clock })
const specialists = await loadSpecialists({ builtInFolder: builtInSpecialists(), repository: [] })
if (specialists.kind !== 'loaded') throw new Error('the specialists cannot be read')
const specialist = specialists.set.planner
const env = { PATH: process.env['PATH'] ?? '' }
const never = new AbortController().signal
const limits = { maxTurns: 60, maxTokens: 6_000_000, maxUsd: 1e6, maxWallMs: 60 * 60_000 }

function assignmentOf(index: number, base: Sha): Assignment {
  const { id, path } = taskOf(index)
  const task: Task = {
    id: asTaskId(id),
    specialist: asSpecialistName('entity-architect'),
    wave: 1,
    title: `Quota ${index + 1}`,
    brief: 'Write it.',
    files: [{ path: asRepoPath(path), change: 'create', symbols: ['Quota'] }],
    paths: [],
    needs: [],
    acceptance: ['it compiles'],
    requirements: [],
    covers: [],
    integrates: false,
  }
  const estimate = { tasks: 1, turns: 10, inputTokens: 1, outputTokens: 1, usd: 1, minutes: 1, basis: 'bench' }
  const plan: Plan = { version: 1, summary: '', tasks: [task], contracts: [], due: [], benchmarks: [], modules: [], skipped: [], estimate }
  return { plan, task, attempt: 1, base, paths: [path], merged: [], brief: { kind: 'first' } }
}

async function work(index: number, base: Sha): Promise<void> {
  const assignment = assignmentOf(index, base)
  const worktree = join(values.worktrees ?? '', assignment.task.id)
  const tree = await git.treeOf(base)
  const parts: AgentParts = {
    run,
    converse,
    git,
    exec,
    sandbox,
    clock,
    worktree,
    policy: { writable: [worktree], hidden: [], allowedHosts: [] },
    env: async () => env,
    ripgrepPath: env.PATH,
    system: fixedPrompt(),
    plan: () => assignment.plan,
    specialist,
    modules: 'plan',
    requirements: [],
    limits,
    isProtected: () => undefined,
    harvest: async () => ({ tree, changes: [{ path: asRepoPath(taskOf(index).path), change: 'added' }], faults: [] }),
    checkFacts: async () => [],
    tryContract: async () => ({ faults: [], requeues: [] }),
    fetchModule: async () => ({ kind: 'failed', why: 'not here' }),
    commit: async () => ({ kind: 'committed', commit: base }),
    onTurn: ({ turn, use, lastTools }) =>
      void journal.append(run, {
        type: 'task-progressed',
        task: assignment.task.id,
        attempt: 1,
        turn,
        tools: lastTools,
        use,
        at: clock.now(),
      }),
    onRequest: async () => undefined,
    signal: never,
    finishTurn: never,
  }
  const outcome = await runAgent(assignment, parts)
  if (outcome.kind !== 'finished') throw new Error(`${assignment.task.id}: ${JSON.stringify(outcome)}`)
}

const base = await git.resolve('HEAD')
if (base === undefined) throw new Error('the repository has no commit')
const indexes = Array.from({ length: agents }, (_, index) => index)
for (const index of indexes) await git.addWorktree({ path: join(values.worktrees ?? '', taskOf(index).id), commit: base })
const startedAt = performance.now()
console.log('started')
await Promise.all(indexes.map((index) => work(index, base)))
console.log(`ended ${performance.now() - startedAt}`)
await sandbox.close()
await machine.close()
