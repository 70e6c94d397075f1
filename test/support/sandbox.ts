// Whether this machine can sandbox: tests of the sandbox are skipped by name where it cannot.
import { createExec } from '../../src/adapters/process/exec.ts'
import { probeSandbox } from '../../src/adapters/sandbox/sandbox.ts'

/** Why the sandbox cannot run here, or undefined. Ask once per test file, at its top level. */
export async function whyNoSandbox(): Promise<string | undefined> {
  const exec = createExec()
  const why = await probeSandbox(exec)
  exec.close()
  return why
}
