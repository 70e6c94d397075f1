// The main job through its door: `dce run` as a process, on a real repository, with real go, git and sandbox; the model is scripted behind a strict server.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerFrom } from '../../examples/scripted-model.ts'
import { type MessagesApi, startMessagesApi } from '../fakes/messages-api/server.ts'
import { whyNoSandbox } from '../support/sandbox.ts'
import { planAnswer, repository, specification, writeScript } from './quota-feature.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dce-scenario-')))
const repo = join(folder, 'shop')
const spec = join(folder, 'spec.md')
const cli = new URL('../../src/cli.ts', import.meta.url).pathname
const noSandbox = await whyNoSandbox()
let api: MessagesApi

const git = (...words: readonly string[]) => execFileSync('git', ['-C', repo, ...words], { encoding: 'utf8' }).trim()

function start(...words: readonly string[]): ChildProcess & { readonly said: () => string } {
  const env = {
    ...process.env,
    ANTHROPIC_API_KEY: 'test',
    ANTHROPIC_BASE_URL: api.url,
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_CACHE_HOME: join(folder, 'cache'),
  }
  const child = spawn(process.execPath, [cli, ...words, ...(noSandbox === undefined ? [] : ['--sandbox', 'off'])], { cwd: folder, env })
  let said = ''
  child.stdout.on('data', (data) => {
    said += String(data)
  })
  child.stderr.on('data', (data) => {
    said += String(data)
  })
  return Object.assign(child, { said: () => said })
}

async function dce(...words: readonly string[]): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = start(...words)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, said: child.said() }
}

const runOf = (said: string) => /[Rr]un (?<id>[a-z0-9-]+-[0-9a-f]{6})/u.exec(said)?.groups?.['id'] ?? ''
const treeOf = (run: string) => git('rev-parse', `dce/${run}/pr^{tree}`)

beforeAll(async () => {
  for (const [path, text] of Object.entries(repository)) {
    mkdirSync(join(repo, path, '..'), { recursive: true })
    writeFileSync(join(repo, path), text)
  }
  writeFileSync(spec, specification)
  execFileSync('git', ['init', '--quiet', repo])
  git('add', '--all')
  git('commit', '--quiet', '--message', 'a shop')
  const script = { plan: planAnswer(), ...writeScript(folder) }
  api = await startMessagesApi({ answer: (request) => ({ content: answerFrom(script, request), firstTokenDelayMs: 30 }) })
})

afterAll(async () => {
  await api.close()
})

describe('dce run', () => {
  let whole = ''

  it('turns a specification into a green branch, with one repair, and touches nothing else', async () => {
    writeFileSync(join(repo, 'notes.txt'), 'mine\n')
    const before = [git('rev-parse', 'HEAD'), git('status', '--porcelain'), git('symbolic-ref', 'HEAD')]
    const { code, said } = await dce('run', spec, '--repo', repo, '--yes')
    expect(said).toContain('Repair round 1 goes to w1-entity-architect')
    expect(said).toContain('notes.txt')
    expect(code).toBe(0)
    whole = runOf(said)
    expect([git('rev-parse', 'HEAD'), git('status', '--porcelain'), git('symbolic-ref', 'HEAD')]).toEqual(before)
    const reports = join(folder, 'state', 'dce', 'runs', whole)
    expect(readFileSync(join(reports, 'progress.md'), 'utf8')).toContain('finished')
    expect(readFileSync(join(reports, 'pull-request.md'), 'utf8')).toContain('All 3 are found in the tree')
    expect(git('log', '--format=%(trailers:key=Dce-Task,valueonly,separator=%x2C)', `dce/${whole}/pr`)).toContain(
      'w1-domain-service-designer',
    )
    expect(git('show', `dce/${whole}/pr:internal/quota/quota.go`)).toContain('q.Used >= q.Limit')
  }, 300_000)

  it('reads the shared prefix from the cache: every agent after the first', () => {
    const agents = api.requests.filter((request) => request.body.tools?.some((tool) => tool.name === 'hand_over') === true)
    const read = agents.reduce((sum, request) => sum + request.usage.cacheReadTokens, 0)
    const all = agents.reduce(
      (sum, request) => sum + request.usage.cacheReadTokens + request.usage.cacheWriteTokens + request.usage.inputTokens,
      0,
    )
    expect(read / all).toBeGreaterThan(0.7)
    expect(new Set(agents.map((request) => JSON.stringify([request.body.system, request.body.tools]))).size).toBe(1)
  })

  it('answers status, explain and an unknown task; refuses what makes no sense', async () => {
    expect((await dce('status', '--repo', repo)).said).toContain('finished')
    expect((await dce('explain', 'w1-entity-architect', '--repo', repo)).said).toContain('internal/quota/quota.go')
    expect(await dce('explain', 'w1-entity-architec', '--repo', repo)).toMatchObject({
      code: 2,
      said: expect.stringContaining('w1-entity-architect'),
    })
    expect(await dce('pause', '--repo', repo)).toMatchObject({ code: 2, said: expect.stringContaining('refused') })
  }, 60_000)

  it.each([
    ['the base is measured', /base compiles/u],
    ['agents work', /w1-domain-service-designer starts/u],
    ['agents have finished', /w1-domain-service-designer finished/u],
    ['a wave is merged', /Wave 1: 2 tasks merged/u],
    ['repair begins', /attempt 2/u],
    ['the last wave is merged', /Wave 4: 1 task merged/u],
  ])(
    'after kill -9 when %s, resume ends with the same tree and pays no turn twice',
    async (_, moment) => {
      const before = api.requests.length
      const child = start('run', spec, '--repo', repo, '--yes', '--new')
      while (!moment.test(child.said())) await sleep(10)
      child.kill('SIGKILL')
      await new Promise((resolve) => child.once('close', resolve))
      const run = runOf(child.said())
      expect(run).not.toBe('')
      const { code, said } = await dce('resume', '--run', run, '--repo', repo)
      expect(said).not.toContain('failed')
      expect(code).toBe(0)
      expect(treeOf(run)).toBe(treeOf(whole))
      // An undisturbed run asks 18 times: 2 for the plan, 4 for each of three attempts and the repair. One turn may be in flight per agent at the kill.
      expect(api.requests.length - before).toBeLessThanOrEqual(18 + 3)
    },
    300_000,
  )

  it('waits for a yes: without a terminal it stops after the plan with 3, and approve goes on', async () => {
    const planned = await dce('plan', spec, '--repo', repo, '--new')
    expect(planned).toMatchObject({ code: 3, said: expect.stringContaining('dce approve') })
    const run = runOf(planned.said)
    expect(git('branch', '--list', `dce/${run}/*`)).toContain('state')
    expect((await dce('approve', '--run', run, '--repo', repo)).code).toBe(0)
    expect(treeOf(run)).toBe(treeOf(whole))
  }, 300_000)

  it('clean removes every branch of a run and nothing else', async () => {
    const head = git('rev-parse', 'HEAD')
    expect((await dce('clean', '--run', whole, '--repo', repo)).code).toBe(0)
    expect(git('branch', '--list', `dce/${whole}/*`)).toBe('')
    expect(git('rev-parse', 'HEAD')).toBe(head)
  }, 60_000)
})
