// The shell of an agent, in the real sandbox: how commands end is said, output is bounded, siblings' contracts are seen, and git is out of reach.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createExec } from '../../../src/adapters/process/exec.ts'
import { openSandbox } from '../../../src/adapters/sandbox/sandbox.ts'
import { bashTool, type ShellParts } from '../../../src/agent/tools/bash.ts'
import { makeTempDir, writeFiles } from '../../support/git-dir.ts'
import { whyNoSandbox } from '../../support/sandbox.ts'
import { warmGoCache } from '../../support/warm-go-cache.ts'

const exec = createExec()
const why = await whyNoSandbox()
const sandbox = await openSandbox({ mode: why === undefined ? 'on' : 'off', exec, visible: [], allowedHosts: [] })
afterAll(async () => {
  await sandbox.close()
  exec.close()
})

const root = makeTempDir('worktree')
const cache = makeTempDir('cache')
const overlay = makeTempDir('overlay')
warmGoCache(join(cache, 'go'))
writeFiles(root, {
  '.git': 'gitdir: /mirror',
  'go.mod': 'module example.test/m\n\ngo 1.21\n',
  'a/a.go': 'package a\n\n// A asks B.\nfunc A() int { return B() }\n',
  'a/a_test.go': 'package a\n\nimport "testing"\n\nfunc TestA(t *testing.T) { A() }\n',
})
writeFiles(overlay, {
  'b.go': 'package a\n\n// B is a contract.\nfunc B() int { panic("dce: contract of w1-sibling") }\n',
  'overlay.json': JSON.stringify({ Replace: { [join(root, 'a/b.go')]: join(overlay, 'b.go') } }),
})

const bash = (
  command: string,
  more: { readonly timeoutS?: number; readonly parts?: Partial<ShellParts>; readonly signal?: AbortSignal } = {},
) => {
  const tool = bashTool({
    root,
    sandbox,
    policy: { writable: [root, cache], readable: [overlay], hidden: [], allowedHosts: [] },
    env: async () => ({
      PATH: process.env['PATH'] ?? '',
      HOME: join(cache, 'home'),
      TMPDIR: cache,
      GOCACHE: join(cache, 'go'),
      GOMODCACHE: join(cache, 'mod'),
      GOPROXY: 'off',
      GOTOOLCHAIN: 'local',
      GOENV: 'off',
      GOFLAGS: `-trimpath -buildvcs=false -overlay=${join(overlay, 'overlay.json')}`,
    }),
    look: async () => async () => [],
    ...more.parts,
  })
  const input = { command, ...(more.timeoutS === undefined ? {} : { timeout_s: more.timeoutS }) }
  return tool.run(tool.input.parse(input), { signal: more.signal ?? new AbortController().signal, turn: 1 })
}

describe.skipIf(why !== undefined)(`bash${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  it('names files of the worktree and of what lies over it from the root', async () => {
    const parts = { overlayFolder: overlay }
    const { text } = await bash(`echo ${root}/a/a.go:4; echo ${overlay}/12/files/a/b.go:3:6: B redeclared`, { parts })
    expect(text).toBe('a/a.go:4\na/b.go:3:6: B redeclared\n[exit 0]')
  })

  it('says both streams and the exit code, and is an error when that is not 0', async () => {
    expect(await bash('echo out; echo err >&2')).toEqual({ text: 'out\nerr\n[exit 0]', isError: false })
    expect(await bash('exit 3')).toEqual({ text: '[exit 3]', isError: true })
  })

  it('says what was written in the order in which it was, whichever stream it went to', async () => {
    expect((await bash('echo one >&2; echo two; echo three >&2')).text).toBe('one\ntwo\nthree\n[exit 0]')
    expect((await bash('fi')).text).toMatch(/^\/bin\/bash: .*line 1: syntax error/u)
  })

  it('says the time limit and a death by signal', async () => {
    expect(await bash('echo begun; sleep 20', { timeoutS: 1 })).toEqual({
      text: 'begun\n[stopped after 1 s: it did not end in time]',
      isError: true,
    })
    expect((await bash('kill -9 $$')).text).toBe('[killed by SIGKILL]')
  })

  it('bounds long output and says how to see less', async () => {
    const { text } = await bash('seq 1 100000')
    expect(text.length).toBeLessThan(17_000)
    expect(text).toMatch(/^1\n2\n/)
    expect(text).toMatch(/characters cut\. Filter with grep, head or tail/)
    expect(text).toMatch(/100000\n\[exit 0\]$/)
  })

  it('writes the worktree, but not its link to git', async () => {
    await bash('echo x > written; echo x > .git; rm -f .git; git status')
    expect(readFileSync(join(root, 'written'), 'utf8')).toBe('x\n')
    expect(readFileSync(join(root, '.git'), 'utf8')).toBe('gitdir: /mirror')
  })

  it('says paths as the other tools name them', async () => {
    expect((await bash('echo "$PWD/a/a.go"')).text).toBe('a/a.go\n[exit 0]')
  })

  it('compiles against siblings’ contracts, and explains a test that runs into one', async () => {
    expect(await bash('go vet ./a')).toEqual({ text: '[exit 0]', isError: false })
    const { text } = await bash('go test ./a')
    expect(text).toContain('FAIL')
    expect(text).toContain('[not a failure of yours: this needs w1-sibling, which only exists as a contract until it is merged]')
    expect((await bash('go test ./a 2>&1 | tail -30')).text).toContain('this needs w1-sibling')
  }, 120_000)

  it('excuses nothing for a contract that is only shown, or that the agent has to fill itself', async () => {
    expect((await bash(`cat ${overlay}/b.go; exit 1`)).text).not.toContain('not a failure of yours')
    const { text } = await bash('echo "panic: dce: contract of w1-own"; exit 2', { parts: { task: 'w1-own' } })
    expect(text).toBe('panic: dce: contract of w1-own\n[exit 2]')
  })

  it('names what was taken back, and is an error then', async () => {
    const { text, isError } = await bash('true', { parts: { look: async () => async () => ['go.mod', 'x.go'] } })
    expect(text).toBe('[exit 0]\n[taken back, not yours to change: go.mod, x.go. Ask with request_path.]')
    expect(isError).toBe(true)
  })

  it('ends when the conversation is aborted', async () => {
    const controller = new AbortController()
    const running = bash('sleep 20', { signal: controller.signal })
    setTimeout(() => controller.abort(), 200)
    expect((await running).text).toBe('[cancelled]')
  })
})
