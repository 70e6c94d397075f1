// What a sandboxed command can see, write and reach; and that `off` and a missing bubblewrap are said in so many words.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createExec } from '../../../src/adapters/process/exec.ts'
import { bubblewrapArguments } from '../../../src/adapters/sandbox/bubblewrap.ts'
import { groundFor } from '../../../src/adapters/sandbox/ground.ts'
import { makeLimits } from '../../../src/adapters/sandbox/limits.ts'
import { openSandbox } from '../../../src/adapters/sandbox/sandbox.ts'
import type { Command } from '../../../src/world.ts'
import { whyNoSandbox } from '../../support/sandbox.ts'
import { warmGoCache } from '../../support/warm-go-cache.ts'

const exec = createExec()
const why = await whyNoSandbox()
const sandbox = why === undefined ? await openSandbox({ mode: 'on', exec, visible: [], allowedHosts: [] }) : undefined
afterAll(async () => {
  await sandbox?.close()
  exec.close()
})

/** Whether the kernel lets us bound memory here. */
function canBound(): boolean {
  const limits = makeLimits()
  limits?.remove()
  return limits !== undefined
}

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

  it('reads no file outside, wherever it lies', async () => {
    const here = new URL('../../../package.json', import.meta.url).pathname
    const result = await run(`cat ${here}; ls /var /srv /mnt; cat /etc/shadow; cat /etc/passwd | head -1`)
    expect(result?.stdout).toContain('root:')
    expect(result?.stdout).not.toContain('"name": "dce"')
    expect(result?.stderr).toMatch(/package.json: No such file/)
    expect(result?.stderr).toMatch(/shadow/)
  })

  it('hides files and folders inside what is writable, so that a worktree’s link to git can neither be read nor replaced', async () => {
    const tree = mkdtempSync(join(tmpdir(), 'dce-tree-'))
    writeFileSync(join(tree, '.git'), 'gitdir: /somewhere')
    const result = await sandbox?.run(
      {
        argv: ['/bin/bash', '-c', 'cat .git; echo x > .git; rm -f .git; mv .git other; echo y > written'],
        cwd: tree,
        env: { PATH: process.env['PATH'] ?? '' },
        timeoutMs: 5000,
        maxOutputBytes: 5000,
      },
      { writable: [tree], hidden: [join(tree, '.git')], allowedHosts: [] },
    )
    expect(result?.stdout).toBe('')
    expect(readFileSync(join(tree, '.git'), 'utf8')).toBe('gitdir: /somewhere')
    expect(readFileSync(join(tree, 'written'), 'utf8')).toBe('y\n')
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

  it('lets no child outlive a command that ended well', async () => {
    expect((await run('setsid sleep 64 >/dev/null 2>&1 & sleep 0.1; echo done'))?.stdout).toBe('done\n')
    const left = {
      argv: ['pgrep', '-x', '-f', 'sleep 64'],
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '' },
      timeoutMs: 5_000,
      maxOutputBytes: 100,
    }
    expect((await exec.run(left)).stdout).toBe('')
  })

  it('ends a fork bomb at its time, and leaves others their processes meanwhile', async () => {
    const bomb = run('bomb() { bomb | bomb & }; bomb; sleep 30', { timeoutMs: 2_000 })
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect((await run('echo fine'))?.stdout).toBe('fine\n')
    expect(['timeout', 'exited', 'signalled']).toContain((await bomb)?.exit.kind)
    expect((await run('echo fine'))?.stdout).toBe('fine\n')
  })

  it.skipIf(!canBound())('kills a command that eats the memory of all, while another command and this program live on', async () => {
    const small = await openSandbox({ mode: 'on', exec, visible: [], allowedHosts: [], memoryBytes: 200_000_000 })
    const ask = (script: string) =>
      small.run(
        {
          argv: ['/bin/bash', '-c', script],
          cwd: work,
          env: { PATH: process.env['PATH'] ?? '' },
          timeoutMs: 20_000,
          maxOutputBytes: 2_000,
        },
        { writable: [work], hidden: [], allowedHosts: [] },
      )
    const modest = ask('sleep 1; echo lived on')
    // One line without end: tail has to keep all of it.
    const hungry = await ask('exec tail /dev/zero')
    expect(hungry.exit).toEqual({ kind: 'signalled', signal: 'SIGKILL' })
    expect((await modest).stdout).toBe('lived on\n')
    await small.close()
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
    // The standard library is compiled already, by the same commands outside.
    warmGoCache(join(work, 'cache'))
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

describe.skipIf(why !== undefined)('with hosts allowed', () => {
  it('reaches no other host, sees no file outside, and commands that need no host go without the proxy', async () => {
    const hosts = ['allowed.example']
    const proxied = await openSandbox({ mode: 'on', exec, visible: [], allowedHosts: hosts })
    const here = new URL('../../../package.json', import.meta.url).pathname
    const ask = (script: string, allowedHosts: readonly string[]) =>
      proxied.run(
        {
          argv: ['/bin/bash', '-c', script],
          cwd: work,
          env: { PATH: process.env['PATH'] ?? '', HOME: work },
          timeoutMs: 20_000,
          maxOutputBytes: 20_000,
        },
        { writable: [work], hidden: [], allowedHosts },
      )
    const through = await ask(`cat ${here}; curl -sS -m 5 http://other.example 2>&1; echo proxied > through; echo "$HTTP_PROXY"`, hosts)
    const direct = await ask('echo "[$HTTP_PROXY]"', [])
    await proxied.close()
    expect(through.stdout).not.toContain('"name": "dce"')
    expect(through.stdout).toContain('blocked')
    expect(through.stdout).toMatch(/http:\/\/.+\n$/)
    expect(readFileSync(join(work, 'through'), 'utf8')).toBe('proxied\n')
    expect(direct.stdout).toBe('[]\n')
  })
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

  it('mounts what is visible behind what is empty, what is writable behind that, and what is read-only or hidden inside that last', () => {
    const command: Command = { argv: ['true'], cwd: '/tmp/w/sub', env: {}, timeoutMs: 1, maxOutputBytes: 1 }
    const words = bubblewrapArguments(
      command,
      { writable: ['/tmp/w'], readable: ['/data', '/tmp/w/fixed'], hidden: [], allowedHosts: [] },
      { system: ['/usr'], visible: ['/root/go'], scratch: ['/tmp'], secretFolders: ['/tmp/w/keys'], secretFiles: ['/tmp/w/.git'] },
    ).join(' ')
    expect(words).toContain('--unshare-all')
    expect(words).toMatch(
      /--ro-bind-try \/usr \/usr .* --tmpfs \/tmp --ro-bind-try \/data \/data --ro-bind-try \/root\/go \/root\/go --bind-try \/tmp\/w \/tmp\/w --ro-bind-try \/tmp\/w\/fixed/,
    )
    expect(words).toMatch(/--tmpfs \/tmp\/w\/keys --ro-bind \/dev\/null \/tmp\/w\/.git --remount-ro \/ --chdir \/tmp\/w\/sub -- true$/)
  })

  it('never shows the whole file system, wherever a command begins', () => {
    const command: Command = { argv: ['true'], cwd: '/', env: { PATH: '/:/root:/usr/bin' }, timeoutMs: 1, maxOutputBytes: 1 }
    const policy = { writable: [], hidden: [], allowedHosts: [] }
    const mounted = bubblewrapArguments(command, policy, groundFor(command, policy, []))
    expect(mounted.filter((word, index) => mounted[index - 1] === '--ro-bind-try' && ['/', '/root', '/home'].includes(word))).toEqual([])
  })
})
