// Groups that bound commands: one for each at a time, used again once nothing lives in it, gone with the program.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Bounds, makeLimits } from '../../../src/adapters/sandbox/limits.ts'

/** Where the kernel lets nobody write cgroups there is nothing to look at. */
const isBound = (() => {
  const limits = makeLimits()
  limits?.remove()
  return limits !== undefined
})()

const groupOf = (bounds: Bounds | undefined) => dirname(bounds?.joins[0] ?? '')

describe.skipIf(!isBound)('the group of a command', () => {
  it('is its own while it runs, and the next one’s after it', () => {
    const limits = makeLimits()
    const [first, second] = [limits?.forCommand(), limits?.forCommand()]
    expect(groupOf(first)).not.toBe(groupOf(second))
    first?.remove()
    const third = limits?.forCommand()
    expect(groupOf(third)).toBe(groupOf(first))
    expect(Number(readFileSync(join(groupOf(third), 'pids.max'), 'utf8'))).toBeGreaterThan(1_000)
    expect(groupOf(limits?.forCommand())).not.toBe(groupOf(third))
    limits?.remove()
  })

  it('is nobody’s while a process that outlived its command is in it', async () => {
    const limits = makeLimits()
    const bounds = limits?.forCommand()
    const left = spawn('sleep', ['60'])
    writeFileSync(bounds?.joins[0] ?? '', String(left.pid))
    bounds?.remove()
    const next = limits?.forCommand()
    expect(groupOf(next)).not.toBe(groupOf(bounds))
    left.kill('SIGKILL')
    await once(left, 'exit')
    expect(groupOf(limits?.forCommand())).toBe(groupOf(bounds))
    limits?.remove()
  })

  it('goes with the program, used or not', () => {
    const limits = makeLimits()
    const bounds = [limits?.forCommand(), limits?.forCommand()]
    bounds[0]?.remove()
    const program = dirname(groupOf(bounds[0]))
    expect(readdirSync(program).filter((name) => /^c\d/u.test(name))).toHaveLength(2)
    limits?.remove()
    expect(existsSync(program)).toBe(false)
  })
})
