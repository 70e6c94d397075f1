// How exits of git become answers or faults, and the lock between processes.
import { chownSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { withLock } from '../../../src/adapters/git/mirror-lock.ts'
import { createRunGit } from '../../../src/adapters/git/run-git.ts'
import { asBranchName } from '../../../src/ids.ts'
import type { Command, CommandResult, Exit } from '../../../src/world.ts'
import { makeGitDir, makeTempDir } from '../../support/git-dir.ts'
import { openGit } from '../../support/open-git.ts'

const result = (exit: Exit, more: Partial<CommandResult> = {}): CommandResult => ({
  exit,
  stdout: '',
  stderr: '',
  droppedBytes: 0,
  durationMs: 1,
  ...more,
})

function answering(...results: readonly CommandResult[]) {
  const commands: Command[] = []
  const exec = {
    run: async (command: Command) => {
      commands.push(command)
      return results[commands.length - 1] ?? result({ kind: 'exited', code: 0 })
    },
  }
  return { commands, run: createRunGit({ exec, cwd: '/somewhere', env: { PATH: '/bin' } }) }
}

describe('a git command', () => {
  test('answers with every exit code that is expected', async () => {
    const { run } = answering(result({ kind: 'exited', code: 1 }, { stdout: 'no' }))
    expect(await run({ args: ['x'], expect: [0, 1] })).toEqual({ code: 1, stdout: 'no', stderr: '' })
  })

  test.each([
    [
      'another exit code',
      result({ kind: 'exited', code: 128 }, { stderr: 'fatal: bad object' }),
      'git x ended with exit code 128: fatal: bad object',
      false,
    ],
    ['a signal, which is never exit 0', result({ kind: 'signalled', signal: 'SIGKILL' }), 'git x was ended by SIGKILL.', false],
    ['a timeout', result({ kind: 'timeout', afterMs: 5 }), 'git x did not end within 5 ms.', true],
    ['cancellation', result({ kind: 'cancelled' }), 'git x was cancelled.', false],
    ['a failure to start', result({ kind: 'not-started', message: 'ENOENT' }), 'git x could not be started: ENOENT.', false],
    ['cut output', result({ kind: 'exited', code: 0 }, { droppedBytes: 1 }), 'git x answered more than can be read at once.', false],
  ])('is a fault of the world after %s', async (_, answer, problem, retryable) => {
    const { run } = answering(answer)
    await expect(run({ args: ['x'] })).rejects.toMatchObject({ name: 'WorldFault', service: 'git', message: `git: ${problem}`, retryable })
  })

  test('waits for a lock that another git holds, and gives up in the end', async () => {
    const held = result({ kind: 'exited', code: 128 }, { stderr: "fatal: Unable to create '/m/x.lock': File exists." })
    const patient = answering(held, held)
    expect((await patient.run({ args: ['x'] })).code).toBe(0)
    expect(patient.commands).toHaveLength(3)
    const stuck = answering(...Array.from({ length: 9 }, () => held))
    await expect(stuck.run({ args: ['x'] })).rejects.toThrow('File exists')
  })
})

describe('the lock between processes', () => {
  test('lets one work at a time, and frees itself after a failure', async () => {
    const path = join(makeTempDir(), 'm.lock')
    let inside = 0
    const seen: number[] = []
    const work = () =>
      withLock({ path, waitMs: 10_000 }, async () => {
        inside += 1
        seen.push(inside)
        await sleep(5)
        inside -= 1
      })
    await Promise.all([work(), work(), work(), work()])
    expect(seen).toEqual([1, 1, 1, 1])
    await expect(withLock({ path, waitMs: 1_000 }, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    await work()
    expect(readdirSync(join(path, '..'))).toEqual([])
  })

  test('is taken from a process that died, or that has not been heard of for a minute, not from a live one', async () => {
    const path = join(makeTempDir(), 'm.lock')
    writeFileSync(path, `4194305 ${hostname()} dead\n`)
    expect(await withLock({ path, waitMs: 1_000 }, async () => 'mine')).toBe('mine')

    writeFileSync(path, '1 another-machine silent\n')
    const long = new Date(Date.now() - 120_000)
    utimesSync(path, long, long)
    expect(await withLock({ path, waitMs: 1_000 }, async () => 'mine')).toBe('mine')

    writeFileSync(path, `${process.pid} ${hostname()} alive\n`)
    await expect(withLock({ path, waitMs: 120 }, async () => 'mine')).rejects.toMatchObject({ name: 'UserFault', exitCode: 3 })
    expect(readFileSync(path, 'utf8')).toContain('alive')
  })
})

test.runIf(process.getuid?.() === 0)('a repository of another user of the machine can be opened and published to', async () => {
  const repo = makeGitDir()
  const head = repo.head()
  const give = (dir: string): void => {
    chownSync(dir, 12345, 12345)
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      if (entry.isDirectory()) give(join(dir, entry.name))
      else chownSync(join(dir, entry.name), 12345, 12345)
    }
  }
  give(repo.dir)
  expect(() => repo.git('status')).toThrow('dubious ownership')
  const git = await openGit(repo.dir)
  const commit = await git.commit({ tree: await git.treeOf(head), parents: [head], subject: 'work' })
  const branch = asBranchName('dce/r/pr')
  await git.moveBranch({ branch, to: commit })
  await git.publish([branch])
  expect(repo.git('-c', 'safe.directory=*', 'rev-parse', branch)).toBe(commit)
})
