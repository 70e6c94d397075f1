// Processes, by this one and by the starter: exits are told apart, groups are killed, output is bounded, nothing hangs and nothing outlives the program.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { createExec } from '../../../src/adapters/process/exec.ts'
import type { Command } from '../../../src/world.ts'
import { builtProgram } from '../../support/go-programs.ts'

const path = await builtProgram('starter')

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

describe.each([
  { by: 'this process', starter: undefined },
  { by: 'the starter', starter: path },
])('a command that is started by $by', ({ starter }) => {
  const exec = createExec()
  if (starter !== undefined) exec.useStarter(starter)
  afterAll(() => exec.close())

  const sh = (script: string, more: Partial<Command> = {}) =>
    exec.run({
      argv: ['sh', '-c', script],
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '' },
      timeoutMs: 20_000,
      maxOutputBytes: 10_000,
      ...more,
    })

  describe('how a process ends', () => {
    it.each([
      ['exit 0', { kind: 'exited', code: 0 }],
      ['exit 3', { kind: 'exited', code: 3 }],
      ['kill -9 $$', { kind: 'signalled', signal: 'SIGKILL' }],
      ['kill -TERM $$', { kind: 'signalled', signal: 'SIGTERM' }],
    ])('%s is told as it is', async (script, exit) => {
      expect((await sh(script)).exit).toEqual(exit)
    })

    it('a program that is not there, and a folder that is not there, are not started', async () => {
      expect((await exec.run({ argv: ['no-such-program'], cwd: '/', env: {}, timeoutMs: 1000, maxOutputBytes: 100 })).exit.kind).toBe(
        'not-started',
      )
      expect((await sh('true', { cwd: '/no/such/folder' })).exit).toEqual({
        kind: 'not-started',
        message: 'the folder /no/such/folder does not exist',
      })
    })

    it('a time-out kills the whole group, also one that ignores SIGTERM', async () => {
      const result = await sh("trap '' TERM; sleep 60 & echo $!; wait", { timeoutMs: 300 })
      expect(result.exit).toEqual({ kind: 'timeout', afterMs: 300 })
      await sleep(100)
      expect(isAlive(Number(result.stdout.trim()))).toBe(false)
    })

    it('an abort cancels a running command, and one that has not begun', async () => {
      const controller = new AbortController()
      const running = sh('sleep 60', { signal: controller.signal })
      await sleep(200)
      controller.abort()
      expect((await running).exit).toEqual({ kind: 'cancelled' })
      expect((await sh('true', { signal: controller.signal })).exit).toEqual({ kind: 'cancelled' })
    })

    it('a child left behind that holds the pipe does not keep the answer waiting', async () => {
      const result = await sh('(setsid sleep 5 &) ; echo done')
      expect(result.exit).toEqual({ kind: 'exited', code: 0 })
      expect(result.stdout).toContain('done')
      expect(result.durationMs).toBeLessThan(4_000)
    })
  })

  describe('input, output and environment', () => {
    it('gives stdin and takes both streams', async () => {
      const result = await exec.run({
        argv: ['sh', '-c', 'cat; echo err >&2'],
        cwd: '/',
        env: { PATH: process.env['PATH'] ?? '' },
        stdin: 'hällo',
        timeoutMs: 5000,
        maxOutputBytes: 100,
      })
      expect(result).toMatchObject({ stdout: 'hällo', stderr: 'err\n', droppedBytes: 0 })
    })

    it('inherits nothing of our environment', async () => {
      const result = await exec.run({ argv: ['/usr/bin/env'], cwd: '/', env: { ONLY: 'this' }, timeoutMs: 5000, maxOutputBytes: 1000 })
      expect(result.stdout.trim()).toBe('ONLY=this')
    })

    it('keeps the first and the last half of long output and counts the rest', async () => {
      const result = await sh('echo first; head -c 3000000 /dev/zero | tr "\\0" x; echo; echo last', { maxOutputBytes: 2000 })
      expect(result.stdout.startsWith('first\n')).toBe(true)
      expect(result.stdout.endsWith('last\n')).toBe(true)
      expect(result.stdout.length).toBeLessThan(2200)
      expect(result.droppedBytes).toBeGreaterThan(2_990_000)
    })

    it('lets a gigabyte of output pass without keeping it', async () => {
      const before = process.memoryUsage().rss
      const result = await sh('head -c 1000000000 /dev/zero', { maxOutputBytes: 4_000 })
      expect(result.exit).toEqual({ kind: 'exited', code: 0 })
      expect(result.droppedBytes).toBe(1_000_000_000 - 4_000)
      // What passes through this process is its garbage for a moment; agents' commands pass through the starter.
      if (starter !== undefined) expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000)
    })

    it('runs many at once', async () => {
      const results = await Promise.all(Array.from({ length: 40 }, (_, index) => sh(`echo ${index}`)))
      expect(results.map((result) => result.stdout.trim())).toEqual(Array.from({ length: 40 }, (_, index) => String(index)))
    })
  })
})

describe('when a process of ours dies', () => {
  it('a killed starter takes its commands with it, and the next command finds a new one', async () => {
    const own = createExec()
    own.useStarter(path)
    const ask = (script: string) =>
      own.run({ argv: ['sh', '-c', script], cwd: '/', env: { PATH: process.env['PATH'] ?? '' }, timeoutMs: 5000, maxOutputBytes: 1000 })
    const starter = Number((await ask('echo $PPID')).stdout.trim())
    const folder = mkdtempSync(join(tmpdir(), 'dce-exec-'))
    const running = ask(`echo $$ > ${folder}/pid; sleep 30; true`)
    await sleep(300)
    process.kill(starter, 'SIGKILL')
    expect((await running).exit).toEqual({ kind: 'signalled', signal: 'SIGKILL' })
    await sleep(100)
    expect(isAlive(Number(readFileSync(join(folder, 'pid'), 'utf8')))).toBe(false)
    expect((await ask('echo again')).stdout).toBe('again\n')
    own.close()
  })

  it('kill -9 of the program takes starter and commands with it', async () => {
    const script = `
      const { createExec } = await import(${JSON.stringify(new URL('../../../src/adapters/process/exec.ts', import.meta.url).href)})
      const exec = createExec()
      exec.useStarter(process.env.STARTER)
      const { stdout } = await exec.run({ argv: ['sh', '-c', 'echo $PPID'], cwd: '/', env: { PATH: process.env.PATH }, timeoutMs: 9000, maxOutputBytes: 99 })
      exec.run({ argv: ['sh', '-c', 'sleep 60 & echo $! > pid; wait'], cwd: process.env.FOLDER, env: { PATH: process.env.PATH }, timeoutMs: 90000, maxOutputBytes: 99 })
      console.log(stdout.trim())`
    const folder = mkdtempSync(join(tmpdir(), 'dce-exec-'))
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, FOLDER: folder, STARTER: path },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const starter = Number(await new Promise<string>((resolve) => parent.stdout.once('data', (data) => resolve(String(data)))))
    await sleep(400)
    const command = Number(readFileSync(join(folder, 'pid'), 'utf8'))
    expect(isAlive(starter) && isAlive(command)).toBe(true)
    parent.kill('SIGKILL')
    await sleep(600)
    expect([isAlive(starter), isAlive(command)]).toEqual([false, false])
  })
})
