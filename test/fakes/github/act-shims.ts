// A folder for the front of PATH -> shells and node that end late when they fail: act closes a failed step's terminal without reading it to the end.
// Source: act v0.2.89, pkg/container/host_environment.go, exec: an error returns before `logctx.Done()`.
import { accessSync, chmodSync, constants, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Time in which act reads what a failing step wrote last. By taste. */
const drainSeconds = 0.3

/** Fills the folder. `path`: where the real ones are found. */
export function writeShims(folder: string, path: string): void {
  mkdirSync(folder, { recursive: true })
  for (const name of ['bash', 'sh', 'node']) {
    const real = name === 'node' ? process.execPath : lookUp(name, path)
    if (real === undefined) continue
    writeFileSync(join(folder, name), shim(folder, real))
    chmodSync(join(folder, name), 0o755)
  }
}

// Steps themselves find the real ones: the folder is taken from their PATH.
function shim(folder: string, real: string): string {
  return `#!/bin/sh
bin='${folder}'
PATH=\${PATH%%"$bin:"*}\${PATH#*"$bin:"}
export PATH
'${real}' "$@"
code=$?
[ "$code" = 0 ] || sleep ${drainSeconds}
exit "$code"
`
}

function lookUp(name: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
