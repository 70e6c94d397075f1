// Stamps of folders: the same while nothing changes, another after every change, none when a change could go unseen.
import { appendFileSync, chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { stampOf } from '../../../src/adapters/git/stamp.ts'
import { makeTempDir, writeFiles } from '../../support/git-dir.ts'

/** Longer than a stamp's distrust of the last moment. */
const aMoment = 50

async function settledStamp(root: string): Promise<string | undefined> {
  await sleep(aMoment)
  return stampOf(root)
}

test('a stamp stays while files are only read, and changes with every kind of change', async () => {
  const root = makeTempDir('stamp')
  writeFiles(root, { 'a.go': 'package a\n', 'in/b.go': 'package in\n', '.gitignore': '*.log\n' })
  let before = await settledStamp(root)
  expect(before).toBeDefined()
  expect(await stampOf(root)).toBe(before)
  const seen = new Set([before])
  const changes: readonly (() => void)[] = [
    () => appendFileSync(join(root, 'a.go'), '// more\n'),
    // The same size, and the old time put back: the time of change tells.
    () => {
      writeFileSync(join(root, 'in/b.go'), 'package ni\n')
      utimesSync(join(root, 'in/b.go'), 0, 0)
    },
    () => chmodSync(join(root, 'a.go'), 0o755),
    () => writeFileSync(join(root, 'ignored.log'), ''),
    () => renameSync(join(root, 'a.go'), join(root, 'c.go')),
    () => symlinkSync('c.go', join(root, 'link')),
    () => mkdirSync(join(root, 'empty')),
    () => rmSync(join(root, 'in'), { recursive: true }),
  ]
  for (const change of changes) {
    change()
    before = await settledStamp(root)
    expect(before).toBeDefined()
    expect(seen).not.toContain(before)
    seen.add(before)
  }
})

test('there is no stamp right after a change, of a folder that is not there, and the worktree link does not count', async () => {
  const root = makeTempDir('stamp')
  writeFiles(root, { 'a.go': 'package a\n' })
  expect(await stampOf(root)).toBeUndefined()
  const before = await settledStamp(root)
  writeFileSync(join(root, '.git'), 'gitdir: elsewhere\n')
  expect(await settledStamp(root)).toBe(before)
  expect(await stampOf(join(root, 'none'))).toBeUndefined()
})
