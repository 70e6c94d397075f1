// The file tools on a real folder: they stay inside it, write only what is the agent's, and say what to do when they refuse.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readTool } from '../../../src/agent/tools/read.ts'
import { globTool, grepTool } from '../../../src/agent/tools/search.ts'
import { editTool, writeTool } from '../../../src/agent/tools/write.ts'
import type { Workspace } from '../../../src/agent/workspace.ts'
import { asTaskId } from '../../../src/ids.ts'
import type { Tool } from '../../../src/world.ts'
import { directExec } from '../../support/direct-exec.ts'
import { type Files, makeTempDir, writeFiles } from '../../support/git-dir.ts'

function site(files: Files = {}) {
  const root = makeTempDir('worktree')
  writeFiles(root, { 'go.mod': 'module example.test/m\n', '.git': 'gitdir: /mirror\n', ...files })
  const seen = new Set<string>()
  const workspace: Workspace = {
    root,
    mayWrite: (path) =>
      path.startsWith('own/')
        ? { kind: 'yours' }
        : path.startsWith('theirs/')
          ? { kind: 'owned', by: asTaskId('w1-other') }
          : { kind: 'unowned' },
    isProtected: (path) => (path.startsWith('own/ci/') ? 'it is executed by the CI' : undefined),
  }
  const use = (tool: Tool<never>) => (input: unknown) =>
    tool.run(tool.input.parse(input), { signal: new AbortController().signal, turn: 1 })
  const search = (ripgrepPath: string | undefined) => use(grepTool({ root, exec: directExec, ripgrepPath }))
  return {
    root,
    read: use(readTool(root, seen)),
    write: use(writeTool(workspace, seen)),
    edit: use(editTool(workspace)),
    glob: use(globTool(root)),
    grep: search(process.env['PATH']),
    plainGrep: search(undefined),
  }
}

describe('read', () => {
  it('numbers lines, and says how to see what it leaves out', async () => {
    const lines = Array.from({ length: 900 }, (_, index) => `line ${index + 1}`).join('\n')
    const { read } = site({ 'a.txt': `${lines}\n` })
    const first = await read({ path: 'a.txt' })
    expect(first.text.startsWith('    1\tline 1\n')).toBe(true)
    expect(first.text).toContain('[… 100 more lines; read with offset 801]')
    expect((await read({ path: './a.txt', offset: 899 })).text).toBe('  899\tline 899\n  900\tline 900')
    expect((await read({ path: 'a.txt', offset: 901 })).text).toBe('(it has only 900 lines)')
  })

  it('lists folders without git, and tells empty, binary and missing files apart', async () => {
    const { read } = site({ 'own/a.go': '', 'own/b.bin': new Uint8Array([1, 0, 2]) })
    expect((await read({ path: '.' })).text).toBe('go.mod\nown/')
    expect((await read({ path: 'own/a.go' })).text).toBe('(empty file)')
    expect(await read({ path: 'own/b.bin' })).toMatchObject({ isError: true, text: 'own/b.bin is binary (3 bytes).' })
    expect(await read({ path: 'own/c.go' })).toMatchObject({ isError: true, text: 'own/c.go does not exist.' })
  })

  it('what an earlier process read may be replaced, what it failed to read may not', async () => {
    const root = makeTempDir('worktree')
    writeFiles(root, { 'own/a.go': 'package a\n', 'own/b.go': 'package a\n' })
    const seen = new Set<string>()
    const tool = readTool(root, seen)
    await tool.recall?.({ path: './own/a.go' }, { text: '', isError: false })
    await tool.recall?.({ path: 'own/b.go' }, { text: '', isError: true })
    await tool.recall?.({ path: '../own/b.go' }, { text: '', isError: false })
    expect([...seen]).toEqual(['own/a.go'])
  })

  it.each(['../secret', '/etc/passwd', 'own/../../secret', '.git', '.git/config', './.GIT/config', 'a\0b'])(
    'does not follow %j',
    async (path) => {
      expect((await site().read({ path })).isError).toBe(true)
    },
  )

  it('does not leave through links to files, folders, or nothing', async () => {
    const outside = makeTempDir('outside')
    writeFiles(outside, { secret: 'key' })
    const { read, grep, glob } = site({
      'own/file': { linkTo: join(outside, 'secret') },
      'own/folder': { linkTo: outside },
      'own/gone': { linkTo: join(outside, 'gone') },
      'own/git': { linkTo: '../.git' },
    })
    for (const path of ['own/file', 'own/folder/secret', 'own/folder', 'own/gone', 'own/git'])
      expect((await read({ path })).isError).toBe(true)
    expect((await grep({ pattern: 'key' })).text).toBe('(no match)')
    expect((await grep({ pattern: 'key', path: 'own/folder' })).isError).toBe(true)
    expect((await glob({ pattern: '**/secret' })).text).toBe('(no file)')
  })
})

describe('write', () => {
  it('creates files and folders of its own', async () => {
    const { root, write } = site()
    expect(await write({ path: 'own/deep/a.go', content: 'package a\n' })).toEqual({
      text: 'own/deep/a.go created, 1 lines.',
      isError: false,
    })
    expect(readFileSync(join(root, 'own/deep/a.go'), 'utf8')).toBe('package a\n')
  })

  it.each([
    ['theirs/a.go', 'belongs to w1-other'],
    ['a.go', 'request_path'],
    ['own/ci/x.yml', 'is protected: it is executed by the CI'],
    ['../a.go', 'outside the repository'],
    ['.git', 'Git is not yours'],
  ])('refuses %s at the moment of writing: %s', async (path, why) => {
    const { root, write } = site({ 'theirs/a.go': 'theirs' })
    const answer = await write({ path, content: 'x' })
    expect(answer).toMatchObject({ isError: true, text: expect.stringContaining(why) })
    expect(readFileSync(join(root, 'theirs/a.go'), 'utf8')).toBe('theirs')
  })

  it('replaces only what was read', async () => {
    const { write, read } = site({ 'own/a.go': 'old\n' })
    expect((await write({ path: 'own/a.go', content: 'new\n' })).text).toBe('own/a.go exists. Read it before you replace it.')
    await read({ path: 'own/a.go' })
    expect((await write({ path: 'own/a.go', content: 'new\n' })).text).toBe('own/a.go replaced, 1 lines.')
    expect((await write({ path: 'own/a.go', content: 'newer\n' })).isError).toBe(false)
  })

  it('writes nothing through a link: not outside, not into others’ files, not to where a link leads to nothing', async () => {
    const outside = makeTempDir('outside')
    const { root, write } = site({
      'theirs/a.go': 'theirs',
      'own/theirs.go': { linkTo: '../theirs/a.go' },
      'own/folder': { linkTo: outside },
      'own/gone': { linkTo: join(outside, 'gone') },
    })
    for (const path of ['own/theirs.go', 'own/folder/x', 'own/gone']) expect((await write({ path, content: 'x' })).isError).toBe(true)
    expect(readFileSync(join(root, 'theirs/a.go'), 'utf8')).toBe('theirs')
    expect([existsSync(join(outside, 'x')), existsSync(join(outside, 'gone'))]).toEqual([false, false])
  })
})

describe('edit', () => {
  const file = 'package a\n\nfunc A() int {\n\treturn 1\n}\n\nfunc B() int {\n\treturn 1\n}\n'

  it('replaces one exact place, or all when asked; dollar signs mean nothing', async () => {
    const { root, read, edit } = site({ 'own/a.go': file })
    await read({ path: 'own/a.go' })
    expect((await edit({ path: 'own/a.go', old: 'func A() int', new: 'func A() $& int' })).isError).toBe(false)
    expect(readFileSync(join(root, 'own/a.go'), 'utf8')).toContain('func A() $& int {')
    expect((await edit({ path: 'own/a.go', old: 'return 1', new: 'return 2' })).text).toContain('stands 2 times')
    expect((await edit({ path: 'own/a.go', old: 'return 1', new: 'return 2', all: true })).text).toContain('2 places')
  })

  it('is enough to know of a file, but not to replace it whole', async () => {
    const { edit, write } = site({ 'own/a.go': file })
    expect((await edit({ path: 'own/a.go', old: 'func B() int', new: 'func C() int' })).text).toContain('edited (line 7)')
    expect((await write({ path: 'own/a.go', content: 'package a\n' })).text).toBe('own/a.go exists. Read it before you replace it.')
  })

  it('shows what stands there when the text is the same but for white space', async () => {
    const { read, edit } = site({ 'own/a.go': file })
    await read({ path: 'own/a.go' })
    const { text, isError } = await edit({ path: 'own/a.go', old: 'func A() int {\n    return 1\n}', new: '' })
    expect(isError).toBe(true)
    expect(text).toContain('From line 3 on there stands instead:\nfunc A() int {\n\treturn 1\n}')
  })

  it('wants the file existing and its own, and the text in it', async () => {
    const { edit } = site({ 'own/a.go': file, 'theirs/a.go': file })
    expect((await edit({ path: 'own/a.go', old: 'x', new: 'y' })).text).toContain('does not hold that text')
    expect((await edit({ path: 'own/b.go', old: 'x', new: 'y' })).text).toContain('Create it with write')
    expect((await edit({ path: 'theirs/a.go', old: 'x', new: 'y' })).text).toContain('belongs to w1-other')
  })
})

describe('grep and glob', () => {
  const files: Files = {
    'own/a.go': 'package a\n\n// Quota 12\ntype Quota struct{}\n',
    'own/b.txt': 'quota\n',
    'theirs/.hidden/c.go': 'package c // Quota\n',
    'own/bin': new Uint8Array([81, 117, 111, 116, 97, 0]),
    'node_modules/x.go': 'Quota',
  }

  it.each(['grep', 'plainGrep'] as const)('%s leaves go.sum out unless it is named', async (name) => {
    const search = site({ 'go.sum': 'example.test/quota v1\n', 'go.mod': 'require example.test/quota v1\n' })[name]
    expect((await search({ pattern: 'quota' })).text).toBe('go.mod:1:require example.test/quota v1')
    expect((await search({ pattern: 'quota', path: 'go.sum' })).text).toBe('go.sum:1:example.test/quota v1')
  })

  it.each(['grep', 'plainGrep'] as const)('%s answers file:line:text, by glob, folder, case and context', async (name) => {
    const here = site(files)
    const search = here[name]
    expect((await search({ pattern: 'Quota', glob: '*.go' })).text.split('\n').sort()).toEqual([
      'own/a.go:3:// Quota 12',
      'own/a.go:4:type Quota struct{}',
      'theirs/.hidden/c.go:1:package c // Quota',
    ])
    expect((await search({ pattern: 'QUOTA', ignore_case: true, path: 'own/b.txt' })).text).toBe('own/b.txt:1:quota')
    expect((await search({ pattern: '^// .*\\d+', path: 'own', context: 1 })).text).toBe(
      'own/a.go-2-\nown/a.go:3:// Quota 12\nown/a.go-4-type Quota struct{}',
    )
    expect((await search({ pattern: 'nothing like it' })).text).toBe('(no match)')
    expect((await search({ pattern: '(' })).isError).toBe(true)
  })

  it('bounds what it answers and says so', async () => {
    const { grep, glob } = site({
      'many.txt': 'hit\n'.repeat(500),
      ...Object.fromEntries(Array.from({ length: 450 }, (_, index) => [`f/${index}.go`, ''])),
    })
    expect((await grep({ pattern: 'hit' })).text).toMatch(/\[… 300 more\. Narrow it/)
    expect((await glob({ pattern: '**/*.go' })).text).toMatch(/\[… 50 more\. Narrow/)
  })

  it('takes no pattern for an option', async () => {
    expect((await site(files).grep({ pattern: '--files' })).text).toBe('(no match)')
  })

  it('globs below a folder, by name or by path, relative to the root', async () => {
    const { glob } = site(files)
    expect((await glob({ pattern: '*.go' })).text).toBe('own/a.go\ntheirs/.hidden/c.go')
    expect((await glob({ pattern: '*.go', path: 'own' })).text).toBe('own/a.go')
    expect((await glob({ pattern: 'theirs/**' })).text).toBe('theirs/.hidden/c.go')
  })
})
