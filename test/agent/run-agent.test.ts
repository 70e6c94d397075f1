// An attempt on a real mirror and worktree with a scripted model: what leaves, what comes back, how it ends, and what a killed one finds again.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Assignment, RequestAnswered } from '../../src/agent/attempt.ts'
import { createConverse } from '../../src/agent/converse.ts'
import { type AgentParts, runAgent } from '../../src/agent/run-agent.ts'
import { asRepoPath, asTreeSha } from '../../src/ids.ts'
import { patternsOf } from '../../src/plan/ownership.ts'
import type { Task } from '../../src/plan/plan.ts'
import { commitAttempt } from '../../src/wave/commit-attempt.ts'
import { harvest } from '../../src/wave/harvest.ts'
import { whyProtected } from '../../src/wave/protected-paths.ts'
import { openWorktree } from '../../src/wave/worktree-of.ts'
import type { Sandbox } from '../../src/world.ts'
import { makePlan, makeTask } from '../run/simulate.ts'
import { fakeClock } from '../support/clocks.ts'
import { directExec } from '../support/direct-exec.ts'
import { aSpecialist } from '../support/plan-answer.ts'
import { assign, makeSite, run, type Site } from '../wave/a-wave.ts'
import { type Call, calls, memoryJournal, type Step, scripted, words } from './scripted-model.ts'

const task: Task = makeTask(1, 'entity', {
  files: [{ path: asRepoPath('a/new.go'), change: 'create', symbols: [] }],
  paths: ['a/new_test.go'],
})
const other: Task = makeTask(1, 'other', { files: [{ path: asRepoPath('b/b.go'), change: 'edit', symbols: [] }] })
const files = {
  'go.mod': 'module example.test/m\n',
  'a/a.go': 'package a\n',
  'b/b.go': 'package b\n',
  'b/logo.png': new Uint8Array([0, 255, 1, 254]),
}
const specialist = aSpecialist('entity', 1, { tools: ['read', 'write', 'edit', 'bash', 'request_path'] })
// What these tests are about is what commands leave behind; how they are held is tested with the sandbox.
const plainly: Sandbox = { mode: 'off', run: (command) => directExec.run(command) }

const write = (path: string, content = 'package a\n'): Call => ['write', { path, content }]
const bash = (command: string): Call => ['bash', { command }]
const handOver = (...named: readonly string[]): Call => ['hand_over', { summary: 'Built it.', files: named }]

interface Attempting {
  readonly site?: Site
  readonly steps: readonly Step[]
  readonly assignment?: Partial<Assignment>
  readonly parts?: Partial<AgentParts>
  readonly journal?: ReturnType<typeof memoryJournal>
}

async function attempt({ steps, journal = memoryJournal(), ...more }: Attempting) {
  const site = more.site ?? (await makeSite(files))
  const { git } = site
  const assignment = assign(makePlan([task, other]), task, site.base, { paths: patternsOf(task), ...more.assignment })
  const name = { run, task: task.id, attempt: assignment.attempt }
  const worktree = await openWorktree({ git, worktreesDir: site.worktreesDir, name, base: site.base })
  const model = scripted(...steps)
  const asked: RequestAnswered[] = []
  const parts: AgentParts = {
    run,
    converse: createConverse({ model, journal, clock: fakeClock() }),
    git,
    exec: directExec,
    sandbox: plainly,
    clock: fakeClock(),
    worktree,
    policy: { writable: [worktree], hidden: [], allowedHosts: [] },
    env: async () => ({ PATH: process.env['PATH'] ?? '' }),
    ripgrepPath: process.env['PATH'],
    system: 'You build.',
    specialist,
    modules: 'plan',
    requirements: [{ id: 'R1', text: 'It is built.' }],
    limits: { maxTurns: 20, maxTokens: 1_000_000, maxUsd: 5, maxWallMs: 1_000_000 },
    isProtected: whyProtected,
    harvest: async (held) => {
      const harvested = await harvest({ git, worktree, assignment: held })
      const faults = harvested.kind === 'refused' ? harvested.faults.map((fault) => `${fault.path} ${fault.reason}`) : []
      return { tree: harvested.tree, changes: harvested.changes, faults }
    },
    checkFacts: async () => [],
    tryContract: async () => ({ faults: [], requeues: [] }),
    fetchModule: async () => ({ kind: 'failed', why: 'no network' }),
    plan: () => assignment.plan,
    commit: (tree) => commitAttempt({ git, name, assignment, tree: asTreeSha(tree), isCurrent: () => true }),
    onTurn: () => undefined,
    onRequest: async (answer) => {
      asked.push(answer)
    },
    signal: new AbortController().signal,
    finishTurn: new AbortController().signal,
    ...more.parts,
  }
  const outcome = await runAgent(assignment, parts)
  const told = model.requests.map((request) => {
    const last = request.messages.at(-1)?.content
    return Array.isArray(last) ? last.map((block) => (block.type === 'tool_result' ? String(block.content) : '')).join('\n') : ''
  })
  return { outcome, site, worktree, told, asked, journal, requests: model.requests }
}

describe('an attempt', () => {
  it('that hands over what it did is finished: one commit on its base with exactly the changed files', async () => {
    const { outcome, site } = await attempt({ steps: [calls(1, write('a/new.go')), calls(2, handOver('a/new.go'))] })
    expect(outcome).toMatchObject({ kind: 'finished', changed: ['a/new.go'], handOver: { summary: 'Built it.' }, use: { turns: 2 } })
    const commit = outcome.kind === 'finished' ? outcome.commit : site.base
    expect(await site.git.readFile({ at: commit, path: asRepoPath('a/new.go') })).toBe('package a\n')
    expect(await site.git.isAncestor({ ancestor: site.base, of: commit })).toBe(true)
  })

  it('gets its hand-over back in words, twice; the third counts as it is, with its work kept', async () => {
    const steps = [calls(1, write('a/new_test.go')), ...[2, 3, 4].map((turn) => calls(turn, handOver('a/new_test.go')))]
    const { outcome, told } = await attempt({ steps })
    expect(told[2]).toContain('- a/new.go is planned and does not exist.')
    expect(outcome).toMatchObject({ kind: 'not-as-said', faults: ['a/new.go is planned and does not exist.'], commit: expect.any(String) })
  })

  it('whose mended hand-over holds is finished', async () => {
    const { outcome } = await attempt({
      steps: [calls(1, handOver()), calls(2, write('a/new.go')), calls(3, handOver('a/new.go'))],
    })
    expect(outcome.kind).toBe('finished')
  })

  it('with faults that the facts show gets them in words too', async () => {
    const { told } = await attempt({
      steps: [calls(1, write('a/new.go'), handOver('a/new.go'))],
      parts: { checkFacts: async () => ['a/new.go:3 New is a stub (panic).'] },
    })
    expect(told[1]).toContain('New is a stub')
  })

  it('that a limit ends keeps what it has in a commit', async () => {
    const { outcome } = await attempt({
      steps: [calls(1, write('a/new.go')), words('hm'), words('hm')],
    })
    expect(outcome).toMatchObject({ kind: 'stopped', reason: 'ran-dry', detail: 'hm', commit: expect.any(String) })
  })

  it('that was superseded commits nothing', async () => {
    const { outcome } = await attempt({
      steps: [calls(1, write('a/new.go')), calls(2, handOver('a/new.go'))],
      parts: { commit: async () => ({ kind: 'superseded' }) },
    })
    expect(outcome.kind).toBe('superseded')
  })

  it('says when it is worth trying again', async () => {
    const { outcome } = await attempt({ steps: [{ kind: 'rate-limited', untilMs: 77 }] })
    expect(outcome).toMatchObject({ kind: 'stopped', reason: 'rate-limited', untilMs: 77 })
  })
})

describe('what a command wrote outside the agent’s paths', () => {
  it('is taken back byte for byte and named, while the agent’s own stays', async () => {
    const { told, worktree, outcome } = await attempt({
      steps: [
        calls(
          1,
          bash(
            'echo "package a // mine" > a/new.go; chmod +x a/new.go; echo x >> b/b.go; rm b/logo.png; echo x > c.go; mkdir -p .github/workflows && echo x > .github/workflows/x.yml',
          ),
        ),
        calls(2, handOver('a/new.go')),
      ],
    })
    expect(told[1]).toContain(
      '[taken back, not yours to change: .github/workflows/x.yml, b/b.go, b/logo.png, c.go. Ask with request_path.]',
    )
    expect(readFileSync(join(worktree, 'b/b.go'), 'utf8')).toBe('package b\n')
    expect([...readFileSync(join(worktree, 'b/logo.png'))]).toEqual([0, 255, 1, 254])
    expect(existsSync(join(worktree, 'c.go'))).toBe(false)
    expect(readFileSync(join(worktree, 'a/new.go'), 'utf8')).toBe('package a // mine\n')
    expect(outcome).toMatchObject({ kind: 'finished', changed: ['a/new.go'] })
  })

  it('leaves the folders that only the overlay knows', async () => {
    const { worktree } = await attempt({
      steps: [calls(1, bash('echo x > c.go')), calls(2, write('a/new.go'), handOver('a/new.go'))],
      parts: { emptyDirs: ['internal/sibling'] },
    })
    expect(existsSync(join(worktree, 'internal/sibling'))).toBe(true)
  })
})

describe('asking for a path', () => {
  it('makes a grant effective at once, for tools, commands and the harvest, and tells the run', async () => {
    const { outcome, asked, told } = await attempt({
      steps: [
        calls(1, write('a/extra.go'), ['request_path', { path: './a/extra.go', why: 'errors' }], write('a/extra.go')),
        calls(2, bash('echo "// more" >> a/extra.go'), write('a/new.go'), handOver('a/new.go', 'a/extra.go')),
      ],
    })
    expect(told[1]).toMatch(/not among your paths.*\nGranted: .*\na\/extra.go created/)
    expect(asked).toEqual([
      { kind: 'path', subject: 'a/extra.go', why: 'errors', granted: true, reason: 'new, unowned, and in a folder of the task' },
    ])
    expect(outcome).toMatchObject({ kind: 'finished', changed: ['a/extra.go', 'a/new.go'] })
  })

  it('gets no path of a sibling, and a role without the tool asks in vain', async () => {
    const { told, asked } = await attempt({
      steps: [calls(1, ['request_path', { path: 'b/b.go', why: 'x' }], ['request_module', { path: 'github.com/x/y', why: 'x' }])],
    })
    expect(told[1]).toContain(`belongs to ${other.id}`)
    expect(told[1]).toContain('your role works with what the plan gives it')
    expect(asked.map((answer) => answer.granted)).toEqual([false, false])
  })
})

describe('a killed attempt', () => {
  it('goes on with its files, grants and reading, in a new worktree, without paying or running anything again', async () => {
    const journal = memoryJournal()
    const site = await makeSite(files)
    const begun = [
      calls(1, ['request_path', { path: 'a/extra.go', why: 'x' }], write('a/extra.go'), ['read', { path: 'a/a.go' }]),
      calls(2, write('a/new.go', 'package a\n\nconst A = 1\n')),
    ]
    const first = await attempt({ site, journal, steps: [...begun, { kind: 'rate-limited', untilMs: 1 }] })
    expect(first.outcome.kind).toBe('stopped')
    const second = await attempt({
      site,
      journal,
      steps: [
        calls(
          3,
          ['edit', { path: 'a/new.go', old: 'A = 1', new: 'A = 2' }],
          write('a/extra.go', 'package a // again\n'),
          handOver('a/new.go', 'a/extra.go'),
        ),
      ],
    })
    expect(second.requests).toHaveLength(1)
    expect(second.requests[0]).toEqual(first.requests[2])
    expect(second.outcome).toMatchObject({ kind: 'finished', changed: ['a/extra.go', 'a/new.go'], use: { turns: 3 } })
    expect(readFileSync(join(second.worktree, 'a/new.go'), 'utf8')).toContain('A = 2')
  })
})
