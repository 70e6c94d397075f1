// The starter as tests use it: built once per machine, beside the build cache.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { buildProgram } from '../../src/adapters/go/build-program.ts'
import { directExec } from './direct-exec.ts'

/** The path of the program. */
export async function builtStarter(): Promise<string> {
  const [path, cache] = [process.env['PATH'] ?? '', process.env['GOCACHE'] ?? '']
  return buildProgram({
    exec: directExec,
    goVersion: execFileSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' }).trim(),
    sourceDir: join(import.meta.dirname, '..', '..', 'starter'),
    cacheDir: join(cache, 'dce-test'),
    env: { PATH: path, HOME: process.env['HOME'] ?? '', GOCACHE: cache, GOMODCACHE: process.env['GOMODCACHE'] ?? '' },
  })
}
