// A runner on which the sandbox does not run yet: what is tried, in which order, and how it ends.
import { describe, expect, it } from 'vitest'
import { readySandbox } from '../../src/action/ready-sandbox.ts'
import { UserFault } from '../../src/fault.ts'
import type { Command, Exec } from '../../src/world.ts'

/** A runner whose sandbox runs once a script with these words has run. */
function runner(mendedBy: string): { readonly exec: Exec; readonly scripts: readonly (readonly string[])[] } {
  const scripts: (readonly string[])[] = []
  let isMended = mendedBy === ''
  const run = async (command: Command) => {
    const isScript = /apt-get|apparmor_parser|sysctl/u.test(command.argv.at(-1) ?? '')
    if (isScript) {
      scripts.push(command.argv)
      if (command.argv.join(' ').includes(mendedBy)) isMended = true
    }
    const said = isMended ? 'held\n' : ''
    const exit = { kind: 'exited' as const, code: isMended || isScript ? 0 : 1 }
    return { exit, stdout: said, stderr: isMended ? '' : 'bwrap: setting up uid map: Permission denied', droppedBytes: 0, durationMs: 1 }
  }
  return { exec: { run }, scripts }
}

const ready = (exec: Exec, isRoot: boolean) => readySandbox({ exec, env: {}, say: () => undefined, isRoot })

describe.runIf(process.platform === 'linux')('a runner', () => {
  it('that holds commands is left as it is', async () => {
    const { exec, scripts } = runner('')
    await ready(exec, false)
    expect(scripts).toEqual([])
  })

  it('gets programs, then a profile for bwrap alone, and no more than it needs; its user by sudo', async () => {
    const { exec, scripts } = runner('apparmor_parser')
    await ready(exec, false)
    expect(scripts.map((words) => words.slice(0, 3))).toEqual([
      ['sudo', '-n', '/bin/sh'],
      ['sudo', '-n', '/bin/sh'],
    ])
    expect(scripts[0]?.at(-1)).toContain('apt-get install')
    expect(scripts[1]?.at(-1)).toContain('userns')
  })

  it('on which nothing helps ends the job before anything is spent', async () => {
    const { exec, scripts } = runner('nothing of this kind')
    await expect(ready(exec, true)).rejects.toThrow(UserFault)
    await expect(ready(exec, true)).rejects.toThrow(/Permission denied.*Nothing was spent/u)
    expect(scripts.some((words) => words.at(-1)?.includes('kernel.apparmor_restrict_unprivileged_userns=0') === true)).toBe(true)
  })
})
