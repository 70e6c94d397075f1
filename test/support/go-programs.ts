// dce's own Go programs as tests use them: built once per machine, beside the build cache.
import { execFileSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildProgram } from '../../src/adapters/go/build-program.ts'
import { directExec } from './direct-exec.ts'

type Name = 'starter' | 'analyzer'

/** The path of the program. */
export async function builtProgram(name: Name): Promise<string> {
  const [path, cache] = [process.env['PATH'] ?? '', process.env['GOCACHE'] ?? '']
  return buildProgram({
    exec: directExec,
    goVersion: goVersions[name](),
    sourceDir: join(import.meta.dirname, '..', '..', name),
    cacheDir: join(cache, 'dce-test'),
    env: { PATH: path, HOME: process.env['HOME'] ?? '', GOCACHE: cache, GOMODCACHE: process.env['GOMODCACHE'] ?? '' },
  })
}

/** Puts both where dce finds them below a cache home, as if it had worked on this machine before. */
export async function layPrograms(cacheHome: string): Promise<void> {
  for (const name of ['starter', 'analyzer'] as const) {
    const folder = dirname(await builtProgram(name))
    cpSync(folder, join(cacheHome, 'dce', name, folder.split('/').at(-1) ?? ''), { recursive: true })
  }
}

// As whoever builds the program says it.
const goVersions: Readonly<Record<Name, () => string>> = {
  starter: () => execFileSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' }).trim(),
  analyzer: () => execFileSync('go', ['version'], { encoding: 'utf8' }).trim().replace('go version ', ''),
}
