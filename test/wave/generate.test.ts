// `generate:` of dce.yml on a merged commit: what the commands write is one commit of its own, or a fault in words.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { waveBranch } from '../../src/ids.ts'
import { type GenerateRequest, generate } from '../../src/wave/generate.ts'
import type { CommandResult } from '../../src/world.ts'
import { makeTempDir } from '../support/git-dir.ts'
import { makeSite, run } from './a-wave.ts'

async function generated(commands: readonly string[], execute?: GenerateRequest['execute']) {
  const { git, base } = await makeSite({ 'go.mod': 'module x\n', 'a.go': 'package x\n' })
  const branch = waveBranch(run, 1)
  await git.moveBranch({ branch, to: base, expected: null })
  const checkout = join(makeTempDir('generate'), 'checkout')
  await git.addWorktree({ path: checkout, commit: base })
  const shell = async (command: string): Promise<CommandResult> =>
    ended(0, execFileSync('bash', ['-c', command], { cwd: checkout, encoding: 'utf8' }))
  const result = await generate({ git, run, wave: 1, commit: base, commands, checkout, execute: execute ?? shell })
  return { git, base, branch, result }
}

const ended = (code: number, stdout: string): CommandResult => ({
  exit: { kind: 'exited', code },
  stdout,
  stderr: '',
  durationMs: 1,
  droppedBytes: 0,
})

describe('generators', () => {
  test('put what they wrote onto the wave branch, in the order of the file', async () => {
    const { git, base, branch, result } = await generated(['echo package x > gen.go', 'cat gen.go > again.go'])
    expect(result).toMatchObject({ kind: 'generated', paths: ['again.go', 'gen.go'] })
    if (result.kind !== 'generated') return
    expect(await git.resolve(branch)).toBe(result.commit)
    expect(await git.mergeBase(base, result.commit)).toBe(base)
  })

  test('that change nothing leave the commit as it is', async () => {
    const { base, result } = await generated(['true'])
    expect(result).toEqual({ kind: 'generated', commit: base, paths: [] })
  })

  test('that fail are named with what they printed; the branch stays', async () => {
    const { git, base, branch, result } = await generated(['sqlc generate'], async () => ended(1, 'no schema'))
    expect(result).toMatchObject({ kind: 'failed', faults: [expect.stringMatching(/`sqlc generate`.*ended with 1[\s\S]*no schema/u)] })
    expect(await git.resolve(branch)).toBe(base)
  })

  test('that write what nobody may write are refused', async () => {
    const { result } = await generated(['mkdir -p .github/workflows && echo x > .github/workflows/ci.yml'])
    expect(result).toMatchObject({ kind: 'failed', faults: [expect.stringContaining('.github/workflows/ci.yml')] })
  })
})
