// Go commands take turns; others do not wait; who gives up while waiting never starts.
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { isHeavy, limitGo } from '../../../src/adapters/sandbox/limit-go.ts'
import type { Command, Sandbox } from '../../../src/world.ts'

const command = (argv: readonly string[], signal?: AbortSignal): Command => ({
  argv,
  cwd: '/',
  env: {},
  timeoutMs: 1000,
  maxOutputBytes: 100,
  ...(signal === undefined ? {} : { signal }),
})
const policy = { writable: [], hidden: [], allowedHosts: [] }

function counting() {
  let running = 0
  const seen = { most: 0, started: 0 }
  const sandbox: Sandbox = {
    mode: 'on',
    run: async () => {
      seen.started += 1
      running += 1
      seen.most = Math.max(seen.most, running)
      await sleep(20)
      running -= 1
      return { exit: { kind: 'exited', code: 0 }, stdout: '', stderr: '', droppedBytes: 0, durationMs: 20 }
    },
  }
  return { sandbox, seen }
}

describe('go commands', () => {
  it.each([
    [['go', 'build'], true],
    [['/usr/local/go/bin/go', 'vet'], true],
    [['/bin/bash', '-c', 'cd x && go test ./...'], true],
    [['bash', '-c', 'GOFLAGS=-v go'], true],
    [['bash', '-c', 'time make'], true],
    [['bash', '-c', 'grep -rn "goal" . | head'], false],
    [['gofmt', '-l', '.'], false],
  ])('%j is heavy: %s', (argv, heavy) => {
    expect(isHeavy(argv)).toBe(heavy)
  })

  it('run at most so many at once, and all of them run', async () => {
    const { sandbox, seen } = counting()
    const limited = limitGo(sandbox, 2)
    await Promise.all(Array.from({ length: 7 }, () => limited.run(command(['go', 'build']), policy)))
    expect(seen).toEqual({ most: 2, started: 7 })
  })

  it('keep nothing else waiting', async () => {
    const { sandbox, seen } = counting()
    const limited = limitGo(sandbox, 1)
    await Promise.all([limited.run(command(['go', 'build']), policy), limited.run(command(['ls']), policy)])
    expect(seen.most).toBe(2)
  })

  it('never start when they are cancelled while they wait', async () => {
    const { sandbox, seen } = counting()
    const limited = limitGo(sandbox, 1)
    const controller = new AbortController()
    const first = limited.run(command(['go', 'build']), policy)
    const second = limited.run(command(['go', 'vet'], controller.signal), policy)
    controller.abort()
    expect((await second).exit).toEqual({ kind: 'cancelled' })
    await first
    expect((await limited.run(command(['go', 'list']), policy)).exit).toEqual({ kind: 'exited', code: 0 })
    expect(seen.started).toBe(2)
  })
})
