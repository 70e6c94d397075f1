// Where go keeps its caches on this machine, said in the environment: tests get a HOME of their own, and these stay where they are.
import { join } from 'node:path'

/** Names the machine's Go caches in this process's environment. To be called while HOME is still the machine's. They hold no state that a test may depend on. */
export function keepMachineCaches(): void {
  const home = process.env['HOME'] ?? '/root'
  process.env['GOMODCACHE'] ??= join(process.env['GOPATH'] ?? join(home, 'go'), 'pkg', 'mod')
  process.env['GOCACHE'] ??= join(home, '.cache', 'go-build')
}
