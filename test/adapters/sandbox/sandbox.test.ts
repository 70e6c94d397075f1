// What a sandboxed command can see, write and reach; and that `off` and a missing bubblewrap are said in so many words.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createExec } from '../../../src/adapters/process/exec.ts'
import { bubblewrapArguments } from '../../../src/adapters/sandbox/bubblewrap.ts'
import { openSandbox } from '../../../src/adapters/sandbox/sandbox.ts'
import type { Command } from '../../../src/world.ts'
import { whyNoSandbox } from '../../support/sandbox.ts'

const exec = createExec({ helpers: 1 })
const why = await whyNoSandbox()
const sandbox = why === undefined ? await openSandbox({ mode: 'on', exec, visible: [], allowedHosts: [] }) : undefined
afterAll(async () => {
  await sandbox?.close()
  exec.close()
})

const work = mkdtempSync(join(tmpdir(), 'dce-sandbox-'))
const run = (script: string, more: Partial<Command> = {}) =>
  sandbox?.run(
    {
      argv: ['/bin/bash', '-c', script],
      cwd: work,
      env: { PATH: process.env['PATH'] ?? '', HOME: '/nowhere' },
      timeoutMs: 20_000,
      maxOutputBytes: 20_000,
      ...more,
    },
    { writable: [work], hidden: [], allowedHosts: [] },
  )

describe.skipIf(why !== undefined)(`in the sandbox${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  it('writes its own folder and nothing else', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'dce-outside-'))
    const result = await run(`echo in > inside; echo out > ${outside}/x; echo out > /etc/dce-x; echo out > ${homedir()}/x; true`)
    expect(result?.exit).toEqual({ kind: 'exited', code: 0 })
    expect(readFileSync(join(work, 'inside'), 'utf8')).toBe('in\n')
    expect([join(outside, 'x'), '/etc/dce-x', join(homedir(), 'x')].map((path) => existsSync(path))).toEqual([false, false, false])
  })

  it('sees neither homes nor other temporary folders', async () => {
    writeFileSync(join(homedir(), 'secret'), 'key')
    const other = mkdtempSync(join(tmpdir(), 'dce-other-'))
    writeFileSync(join(other, 'secret'), 'key')
    const result = await run(`cat ${homedir()}/secret ${other}/secret; ls -A /root /home | wc -l`)
    expect(result?.stdout).not.toContain('key')
  })

  it('reaches no server of this machine, but its own loopback', async () => {
    const server = createServer((_, response) => response.end('reached')).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const result = await run(
      `(exec 3<>/dev/tcp/127.0.0.1/${port} && echo reached); grep -c . /proc/net/route; cat /proc/net/dev | grep -o 'lo:'`,
    )
    server.close()
    expect(result?.stdout).not.toContain('reached')
    expect(result?.stdout).toContain('lo:')
  })

  it('sees no process but its own, and nothing of our environment', async () => {
    process.env['DCE_TEST_SECRET'] = 'hidden-value'
    const result = await run('env; cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"; ls -d /proc/[0-9]* | wc -l')
    delete process.env['DCE_TEST_SECRET']
    expect(result?.stdout).not.toContain('hidden-value')
    expect(Number(result?.stdout.trim().split('\n').at(-1))).toBeLessThan(8)
  })

  it('tells a death by signal from an exit', async () => {
    expect((await run('kill -9 $$'))?.exit).toEqual({ kind: 'signalled', signal: 'SIGKILL' })
    expect((await run('exit 7'))?.exit).toEqual({ kind: 'exited', code: 7 })
  })

  it('ends a command that detaches and hangs, with all it started', async () => {
    const result = await run('setsid sleep 61 & setsid sleep 62 & sleep 63', { timeoutMs: 400 })
    expect(result?.exit).toEqual({ kind: 'timeout', afterMs: 400 })
    const left = await exec.run({
      argv: ['sh', '-c', 'pgrep -f "sleep 6[123]" | wc -l'],
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '' },
      timeoutMs: 5000,
      maxOutputBytes: 100,
    })
    expect(Number(left.stdout.trim())).toBeLessThanOrEqual(1)
  })

  it('survives a fork bomb for as long as it is let, and the machine with it', async () => {
    const result = await run('bomb() { bomb | bomb & }; for i in 1 2 3; do sleep 0.01; done; (ulimit -u 200 2>/dev/null; bomb); sleep 5', {
      timeoutMs: 1500,
    })
    expect(['timeout', 'exited', 'signalled']).toContain(result?.exit.kind)
    expect((await run('echo fine'))?.stdout).toBe('fine\n')
  })

  it('builds and tests Go without network', async () => {
    const module = join(work, 'module')
    mkdirSync(module)
    writeFileSync(join(module, 'go.mod'), 'module example.test/m\n\ngo 1.21\n')
    writeFileSync(join(module, 'm.go'), 'package m\n\nfunc One() int { return 1 }\n')
    writeFileSync(
      join(module, 'm_test.go'),
      'package m\n\nimport "testing"\n\nfunc TestOne(t *testing.T) {\n\tif One() != 1 {\n\t\tt.Fatal("not one")\n\t}\n}\n',
    )
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: join(work, 'home'),
      GOCACHE: join(work, 'cache'),
      GOPROXY: 'off',
      GOTOOLCHAIN: 'local',
      GOFLAGS: '-trimpath',
    }
    const result = await run('go vet ./... && go test ./...', { cwd: module, env, timeoutMs: 120_000 })
    expect(result?.stdout).toContain('ok')
  }, 130_000)
})

describe('opening it', () => {
  it('off runs plainly, and says that it is off', async () => {
    const off = await openSandbox({ mode: 'off', exec, visible: [], allowedHosts: [] })
    expect(off.mode).toBe('off')
    const result = await off.run(
      { argv: ['sh', '-c', 'echo plain'], cwd: '/', env: { PATH: process.env['PATH'] ?? '' }, timeoutMs: 5000, maxOutputBytes: 100 },
      { writable: [], hidden: [], allowedHosts: [] },
    )
    expect(result.stdout).toBe('plain\n')
  })

  it('refuses with what to do where bubblewrap is missing', async () => {
    const without = { run: (command: Command) => exec.run({ ...command, env: { PATH: '/nowhere' } }) }
    await expect(openSandbox({ mode: 'on', exec: without, visible: [], allowedHosts: [] })).rejects.toMatchObject({
      exitCode: 4,
      hint: expect.stringContaining('apt-get install bubblewrap'),
    })
  })

  it('mounts what is visible behind what is emptied, and what is writable behind that', () => {
    const command: Command = { argv: ['true'], cwd: '/tmp/w/sub', env: {}, timeoutMs: 1, maxOutputBytes: 1 }
    const words = bubblewrapArguments(
      command,
      { writable: ['/tmp/w'], hidden: ['/tmp/w/.git'], allowedHosts: [] },
      { emptied: ['/tmp', '/root'], visible: ['/root/go'] },
    ).join(' ')
    expect(words).toContain(
      '--tmpfs /tmp --tmpfs /root --ro-bind-try /root/go /root/go --bind-try /tmp/w /tmp/w --tmpfs /tmp/w/.git --chdir /tmp/w/sub -- true',
    )
    expect(words).toContain('--unshare-all')
  })
})
