// The main job through its door: `dce run` as a process, on a real repository, with real go, git and sandbox; the model is scripted behind a strict server.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerFrom } from '../support/scripted-answers.ts'
import { planAnswer, repository, specification, writeScript } from './quota-feature.ts'
import { openScene, runOf, type Scene } from './run-dce.ts'

let scene: Scene
const treeOf = (run: string) => scene.git('rev-parse', `dce/${run}/pr^{tree}`)

beforeAll(async () => {
  const script = { plan: planAnswer(), ...writeScript(mkdtempSync(join(process.env['HOME'] ?? '', 'script-'))) }
  scene = await openScene({
    files: repository,
    specification,
    answer: (request) => ({ content: answerFrom(script, request), firstTokenDelayMs: 30 }),
  })
})

afterAll(() => scene.close())

describe('dce run', () => {
  let whole = ''

  it('turns a specification into a green branch, with one repair, and touches nothing else', async () => {
    writeFileSync(join(scene.repo, 'notes.txt'), 'mine\n')
    const before = [scene.git('rev-parse', 'HEAD'), scene.git('status', '--porcelain'), scene.git('symbolic-ref', 'HEAD')]
    const { code, said } = await scene.dce('run', scene.spec, '--repo', scene.repo, '--yes')
    expect(said).toContain('Repair round 1 goes to w1-entity-architect')
    expect(said).toContain('notes.txt')
    expect(code).toBe(0)
    whole = runOf(said)
    expect([scene.git('rev-parse', 'HEAD'), scene.git('status', '--porcelain'), scene.git('symbolic-ref', 'HEAD')]).toEqual(before)
    expect(scene.report(whole, 'progress.md')).toContain('finished')
    expect(scene.report(whole, 'pull-request.md')).toContain('All 3 are found in the tree')
    expect(scene.git('log', '--format=%(trailers:key=Dce-Task,valueonly,separator=%x2C)', `dce/${whole}/pr`)).toContain(
      'w1-domain-service-designer',
    )
    expect(scene.git('show', `dce/${whole}/pr:internal/quota/quota.go`)).toContain('q.Used >= q.Limit')
  }, 300_000)

  it('reads the shared prefix from the cache: every agent after the first', () => {
    const agents = scene.api.requests.filter((request) => request.body.tools?.some((tool) => tool.name === 'hand_over') === true)
    const read = agents.reduce((sum, request) => sum + request.usage.cacheReadTokens, 0)
    const all = agents.reduce(
      (sum, request) => sum + request.usage.cacheReadTokens + request.usage.cacheWriteTokens + request.usage.inputTokens,
      0,
    )
    expect(read / all).toBeGreaterThan(0.7)
    expect(new Set(agents.map((request) => JSON.stringify([request.body.system, request.body.tools]))).size).toBe(1)
  })

  it('answers status, explain and an unknown task; refuses what makes no sense', async () => {
    expect((await scene.dce('status', '--repo', scene.repo)).said).toContain('finished')
    expect((await scene.dce('explain', 'w1-entity-architect', '--repo', scene.repo)).said).toContain('internal/quota/quota.go')
    expect(await scene.dce('explain', 'w1-entity-architec', '--repo', scene.repo)).toMatchObject({
      code: 2,
      said: expect.stringContaining('w1-entity-architect'),
    })
    expect(await scene.dce('pause', '--repo', scene.repo)).toMatchObject({ code: 2, said: expect.stringContaining('refused') })
  }, 60_000)

  it('waits for a yes: without a terminal it stops after the plan with 3, and approve goes on', async () => {
    const planned = await scene.dce('plan', scene.spec, '--repo', scene.repo, '--new')
    expect(planned).toMatchObject({ code: 3, said: expect.stringContaining('dce approve') })
    const run = runOf(planned.said)
    expect(scene.git('branch', '--list', `dce/${run}/*`)).toContain('state')
    expect((await scene.dce('approve', '--run', run, '--repo', scene.repo)).code).toBe(0)
    expect(treeOf(run)).toBe(treeOf(whole))
  }, 300_000)

  it('a journal that is gone does not lead a new run into the branches of an old one', async () => {
    scene.env['XDG_STATE_HOME'] = join(scene.folder, 'other-state')
    const planned = await scene.dce('plan', scene.spec, '--repo', scene.repo)
    delete scene.env['XDG_STATE_HOME']
    expect(planned.code).toBe(3)
    expect(scene.git('branch', '--list', 'dce/*/state', '--format=%(refname:short)').split('\n')).toHaveLength(3)
    expect(runOf(planned.said)).not.toBe(whole)
  }, 60_000)

  it('clean removes every branch of a run and nothing else', async () => {
    const head = scene.git('rev-parse', 'HEAD')
    expect((await scene.dce('clean', '--run', whole, '--repo', scene.repo)).code).toBe(0)
    expect(scene.git('branch', '--list', `dce/${whole}/*`)).toBe('')
    expect(scene.git('rev-parse', 'HEAD')).toBe(head)
  }, 60_000)

  it('the id of a cleaned run is not given again: its bill would go with it', async () => {
    const planned = await scene.dce('plan', scene.spec, '--repo', scene.repo, '--new')
    expect(planned.code).toBe(3)
    expect(runOf(planned.said)).not.toBe(whole)
  }, 60_000)
})
