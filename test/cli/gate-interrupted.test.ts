// `dce gate` that is interrupted says so in a sentence and judges nothing.
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'
import { makeGitDir } from '../support/git-dir.ts'

it('an interrupted gate ends with 130 and a sentence, without a stack', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dce-gate-stop-'))
  const repo = makeGitDir({ 'go.mod': 'module example.test/m\n\ngo 1.21\n', 'm.go': 'package m\n' }).dir
  const cli = inject('cli')
  const child = spawn(process.execPath, [cli, 'gate', '--repo', repo], {
    env: { ...process.env, XDG_STATE_HOME: join(folder, 'state'), XDG_CACHE_HOME: join(folder, 'cache') },
  })
  let said = ''
  let sent = false
  const hear = (data: unknown) => {
    said += String(data)
    // It has begun to measure, so it listens.
    if (!sent && said.includes('… compilation')) sent = child.kill('SIGINT')
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect(said).toContain('Interrupted: nothing was judged.')
  expect(said).not.toMatch(/\n {4}at /u)
  expect(code).toBe(130)
}, 60_000)
