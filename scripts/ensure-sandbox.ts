// A machine without the sandbox's programs -> one with them (root and apt), or one line that says how. Run before the demo and the tests.
import { spawnSync } from 'node:child_process'

const programs = [
  { program: 'bwrap', aptPackage: 'bubblewrap' },
  { program: 'socat', aptPackage: 'socat' },
  { program: 'rg', aptPackage: 'ripgrep' },
] as const

const missing = programs.filter(({ program }) => !isThere(program)).map(({ aptPackage }) => aptPackage)
if (missing.length > 0) install(missing)

function isThere(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
}

function install(packages: readonly string[]): void {
  const line = `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`
  if (process.getuid?.() !== 0 || !isThere('apt-get')) {
    console.error(`The sandbox needs ${packages.join(', ')}. Install it with: sudo sh -c '${line}'`)
    return
  }
  console.error(`Installing ${packages.join(', ')} for the sandbox …`)
  const result = spawnSync('sh', ['-c', line], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
    timeout: 180_000,
  })
  if (result.status !== 0)
    console.error(`That did not work; going on without them.\n${(result.stderr ?? '').split('\n').slice(-4).join('\n')}\nBy hand: ${line}`)
}
