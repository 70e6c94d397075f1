// What a specification file may be, and what is said of one that may not.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { UserFault } from '../../src/fault.ts'
import { loadSpecFile } from '../../src/feature/load-spec-file.ts'
import { readSpec } from '../../src/feature/read-spec.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spec-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(bytes: string | Uint8Array): Promise<string> {
  const path = join(folder, `${Math.random().toString(36).slice(2)}.md`)
  await writeFile(path, bytes)
  return path
}

test('the text is read as it is, with byte order mark and CRLF', async () => {
  const text = '\uFEFF# Wünsche\r\n\r\nCalls must be rated.\r\n'
  expect(await loadSpecFile(await file(text), 'wish.md')).toEqual({ text, source: 'wish.md' })
  expect(readSpec({ text, source: 'wish.md' }).result).toMatchObject({ kind: 'feature', feature: { title: 'Wünsche', slug: 'wunsche' } })
})

test.each([
  ['a missing file', () => Promise.resolve(join(folder, 'nowhere.md')), /There is no file spec\.md\./],
  ['a file below a file', async () => join(await file('x'), 'y.md'), /There is no file spec\.md\./],
  ['an empty file', () => file(''), /spec\.md is empty\./],
  ['a folder', async () => mkdir(join(folder, 'sub')).then(() => join(folder, 'sub')), /spec\.md is a folder\./],
  ['a binary', () => file(new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 1])), /holds a NUL byte at position 4/],
  ['UTF-16', () => file(Buffer.from('\uFEFF# Wish', 'utf16le')), /is UTF-16; a specification must be UTF-8/],
  ['Latin-1', () => file(Buffer.from('# Wünsche', 'latin1')), /spec\.md is not UTF-8/],
  ['10 MB', () => file('calls must be rated\n'.repeat(512 * 1024)), /spec\.md is 10240 KB long; a specification may have 1024 KB/],
])('%s is refused in words', async (_, make, expected) => {
  const loading = loadSpecFile(await make(), 'spec.md')
  await expect(loading).rejects.toThrow(expected)
  await expect(loading).rejects.toBeInstanceOf(UserFault)
})
