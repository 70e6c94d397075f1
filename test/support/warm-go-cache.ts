// The standard library, compiled and vetted once per machine with dce's own flags -> build caches that a scenario's repository begins with.
// Without it every scenario compiles the same packages for twenty seconds.
import { execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { goCaches, goEnvironment } from '../../src/adapters/go/go-commands.ts'

const sources: Readonly<Record<string, string>> = {
  'go.mod': 'module example.test/warm\n\ngo 1.21\n',
  'warm.go':
    'package warm\n\nimport (\n\t"errors"\n\t"fmt"\n\t"log"\n\t"sort"\n\t"strings"\n\t"sync"\n)\n\nvar ErrX = errors.New("x")\n\nfunc Say(m *sync.Mutex, s []string) {\n\tm.Lock()\n\tdefer m.Unlock()\n\tsort.Strings(s)\n\tlog.Println(fmt.Sprint(strings.Join(s, " ")))\n}\n',
  'warm_test.go': 'package warm\n\nimport (\n\t"sync"\n\t"testing"\n)\n\nfunc TestSay(*testing.T) { Say(&sync.Mutex{}, nil) }\n',
}

/** Fills both build caches of a repository under a cache home, as if dce had worked there before. `race`: also what the race detector needs. */
export function warmGoCaches(request: { readonly cacheHome: string; readonly repo: string; readonly race?: boolean }): void {
  const hash = createHash('sha256').update(realpathSync(request.repo)).digest('hex').slice(0, 12)
  const caches = goCaches(join(request.cacheHome, 'dce', 'repositories', hash))
  for (const cache of [caches.agents, caches.gate]) cpSync(compiled(request.race === true), cache, { recursive: true })
}

/** Fills one build cache, wherever it lies. */
export function warmGoCache(cache: string): void {
  cpSync(compiled(false), cache, { recursive: true })
}

function compiled(race: boolean): string {
  const version = execFileSync('go', ['version'], { encoding: 'utf8' })
    .trim()
    .replaceAll(/[^\w.]+/gu, '-')
  const path = join(process.env['GOCACHE'] ?? '', 'dce-test', `std-${version}${race ? '-race' : ''}`)
  if (existsSync(path)) return path
  const work = join(process.env['HOME'] ?? '', `warm-${randomUUID()}`)
  mkdirSync(join(work, 'module'), { recursive: true })
  for (const [name, text] of Object.entries(sources)) writeFileSync(join(work, 'module', name), text)
  const env = goEnvironment({
    cache: join(work, 'cache'),
    modCache: process.env['GOMODCACHE'] ?? '',
    workDir: work,
    path: process.env['PATH'] ?? '',
  })
  mkdirSync(env['TMPDIR'] ?? work, { recursive: true })
  for (const words of [
    ['vet', './...'],
    ['test', ...(race ? ['-race'] : []), './...'],
  ])
    execFileSync('go', words, { cwd: join(work, 'module'), env, stdio: 'pipe' })
  mkdirSync(join(path, '..'), { recursive: true })
  // Another test file may have been first: its folder is as good.
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
