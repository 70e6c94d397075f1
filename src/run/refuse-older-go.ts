// The go that was found, and a go.mod or go.work -> a fault when it asks for a newer one: nothing of it could be compiled, and nothing may be paid before that is said.
import { UserFault } from '../fault.ts'

/** Refuses. `found`: as `go env GOVERSION` says it, `go1.26.8`; `text`: the file's. Errors: UserFault (exit 4). */
export function refuseOlderGo(request: { readonly found: string; readonly path: string; readonly text: string }): void {
  // Only the go line counts: dce never changes the toolchain (GOTOOLCHAIN=local), and `toolchain` is a suggestion. Source: go.dev/doc/toolchain.
  const asked = /^go[ \t]+(?<version>\d\S*)/mu.exec(request.text)?.groups?.['version']
  if (asked === undefined || !isNewer(numbersOf(asked), numbersOf(request.found))) return
  throw new UserFault({
    problem: `${request.path} asks for Go ${asked}, and this machine has ${request.found.replace(/^go/u, '')}.`,
    hint: 'Install that Go from https://go.dev/dl and put it first on PATH, or set GOTOOLCHAIN=auto so that go fetches it.',
    exitCode: 4,
  })
}

/** `go1.27rc1` -> 1, 27, 0: a release candidate takes what its release does. */
function numbersOf(version: string): readonly number[] {
  const [, major = 0, minor = 0, patch = 0] = /(\d+)(?:\.(\d+))?(?:\.(\d+))?/u.exec(version) ?? []
  return [Number(major), Number(minor), Number(patch)]
}

function isNewer(one: readonly number[], other: readonly number[]): boolean {
  const at = one.findIndex((number, index) => number !== other[index])
  return at >= 0 && (one[at] ?? 0) > (other[at] ?? 0)
}
