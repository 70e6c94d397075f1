// How go is run: one environment, nothing inherited, no network, and a cache that only the go command of its owner can write.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goCaches, goCommands, goEnvironment } from '../../../src/adapters/go/go-commands.ts'
import { type OpenSandbox, openSandbox } from '../../../src/adapters/sandbox/sandbox.ts'
import { directExec } from '../../support/direct-exec.ts'
import { makeTempDir } from '../../support/git-dir.ts'

let sandbox: OpenSandbox
beforeAll(async () => {
  sandbox = await openSandbox({ mode: 'on', exec: directExec, visible: [], allowedHosts: [] })
})
afterAll(() => sandbox.close())

function open(path = process.env['PATH'] ?? '') {
  const root = makeTempDir('go')
  const modCache = makeTempDir('modules')
  const cache = goCaches(root).gate
  return { root, cache, modCache, go: goCommands({ sandbox, cache, modCache, workDir: join(root, 'work'), path }) }
}

describe('goCaches', () => {
  it('gives agents and gate a cache each', () => {
    const caches = goCaches('/cache')
    expect(caches.agents).not.toBe(caches.gate)
  })
})

describe('goEnvironment', () => {
  it('hands on nothing of the process but what it names, with one flag set for all', () => {
    const env = goEnvironment({ cache: '/c', modCache: '/m', workDir: '/w', path: '/bin' })
    expect(env).toMatchObject({
      GOPROXY: 'off',
      GOTOOLCHAIN: 'local',
      GOFLAGS: '-trimpath -buildvcs=false',
      HOME: '/w/home',
      GOCACHE: '/c',
      PATH: '/bin',
    })
    expect(Object.keys(env).filter((name) => /TOKEN|KEY|SECRET/.test(name))).toEqual([])
  })
})

describe('goCommands', () => {
  it('says which go it is, and what to do when there is none', async () => {
    expect(await open().go.version()).toMatch(/^go1\.\d+/)
    await expect(open('/nowhere').go.version()).rejects.toThrow(/Install Go/)
  })

  it('lets go write its cache, and other programs only what they are given', async () => {
    const { go, cache, root } = open()
    const module = makeTempDir('module')
    writeFileSync(join(module, 'go.mod'), 'module m\n\ngo 1.25\n')
    const env = await go.run({ args: ['env', 'GOCACHE', 'GOFLAGS', 'GOPROXY'], cwd: module, timeoutMs: 20_000 })
    expect(env.stdout.trim().split('\n')).toEqual([cache, '-trimpath -buildvcs=false', 'off'])
    const script = `touch own.txt; touch ${cache}/planted; touch ${root}/work/home/.gitconfig; echo "$GOCACHE"`
    const other = await go.execute({ argv: ['/bin/sh', '-c', script], cwd: module, writable: [module], timeoutMs: 20_000 })
    expect([
      existsSync(join(module, 'own.txt')),
      existsSync(join(cache, 'planted')),
      existsSync(join(root, 'work', 'home', '.gitconfig')),
    ]).toEqual([true, false, false])
    expect(other.stdout.trim()).not.toBe(cache)
  })

  it('fetches no module', async () => {
    const { go } = open()
    const module = makeTempDir('module')
    writeFileSync(join(module, 'go.mod'), 'module m\n\ngo 1.25\n\nrequire github.com/google/uuid v1.6.0\n')
    const result = await go.run({ args: ['mod', 'download'], cwd: module, timeoutMs: 20_000 })
    expect([result.exit, result.stderr]).toEqual([{ kind: 'exited', code: 1 }, expect.stringMatching(/GOPROXY=off|read-only/)])
  })
})
