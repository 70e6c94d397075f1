// The standard library, compiled and vetted once per machine with dce's own flags -> build caches that a scenario's repository begins with.
// Without it every scenario compiles the same packages for twenty seconds.
import { execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { goCaches, goEnvironment } from '../../src/adapters/go/go-commands.ts'

// What the repositories of scenarios import, and their tests.
const imports =
  `bytes crypto/md5 crypto/rand crypto/sha1 database/sql/driver encoding/binary encoding/hex encoding/json errors flag fmt hash io log
math math/big net os reflect regexp runtime sort strings sync time`.split(/\s+/u)

const sources: Readonly<Record<string, string>> = {
  'go.mod': 'module example.test/warm\n\ngo 1.21\n',
  'warm.go': `package warm\n\nimport (\n${imports.map((path) => `\t_ "${path}"\n`).join('')})\n\nfunc Two() int { return 2 }\n`,
  'warm_test.go': 'package warm\n\nimport "testing"\n\nfunc TestTwo(t *testing.T) {\n\tif Two() != 2 {\n\t\tt.Fatal("no")\n\t}\n}\n',
}

// Flags as the gate has them. Counting statements brings packages of its own; with the race detector, and for vet's JSON, each is made once more.
const commands = (race: boolean): readonly (readonly string[])[] => [
  ['vet', './...'],
  ['vet', '-gcflags=-e', '-json', './...'],
  ['test', './...'],
  ['test', '-cover', './...'],
  ...(race ? [['test', '-race', '-cover', './...']] : []),
]

/** Fills both build caches of a repository under a cache home, as if dce had worked there before. `race`: also what the race detector needs. */
export function warmGoCaches(request: { readonly cacheHome: string; readonly repo: string; readonly race?: boolean }): void {
  const hash = createHash('sha256').update(realpathSync(request.repo)).digest('hex').slice(0, 12)
  const caches = goCaches(join(request.cacheHome, 'dce', 'repositories', hash))
  for (const cache of [caches.agents, caches.gate]) cpSync(compileLibrary(request.race === true), cache, { recursive: true })
}

/** Fills one build cache, wherever it lies. */
export function warmGoCache(cache: string): void {
  cpSync(compileLibrary(false), cache, { recursive: true })
}

/** The folder of a build cache that holds the library; made where it is missing. */
export function compileLibrary(race: boolean): string {
  const version = execFileSync('go', ['version'], { encoding: 'utf8' })
    .trim()
    .replaceAll(/[^\w.]+/gu, '-')
  const content = createHash('sha256')
    .update(JSON.stringify([sources, commands(race)]))
    .digest('hex')
    .slice(0, 12)
  const path = join(process.env['GOCACHE'] ?? '', 'dce-test', `std-${version}-${content}`)
  if (existsSync(path)) return path
  const work = mkdtempSync(join(tmpdir(), 'dce-warm-'))
  mkdirSync(join(work, 'module'), { recursive: true })
  for (const [name, text] of Object.entries(sources)) writeFileSync(join(work, 'module', name), text)
  const env = goEnvironment({
    cache: join(work, 'cache'),
    modCache: process.env['GOMODCACHE'] ?? '',
    workDir: work,
    path: process.env['PATH'] ?? '',
  })
  mkdirSync(env['TMPDIR'] ?? work, { recursive: true })
  for (const words of commands(race)) execFileSync('go', [...words], { cwd: join(work, 'module'), env, stdio: 'pipe' })
  mkdirSync(join(path, '..'), { recursive: true })
  // Another run of the tests may have been first: its folder is as good.
  if (!existsSync(path)) renameOrLeave(join(work, 'cache'), path)
  rmSync(work, { recursive: true, force: true })
  return path
}

function renameOrLeave(from: string, to: string): void {
  const part = `${to}-${randomUUID()}`
  cpSync(from, part, { recursive: true })
  try {
    renameSync(part, to)
  } catch {
    rmSync(part, { recursive: true, force: true })
  }
}
