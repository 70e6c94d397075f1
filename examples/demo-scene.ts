// The demo's repository, specification and recording, for the demo itself and for whoever measures it.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createExec } from '../src/adapters/process/exec.ts'
import { probeSandbox } from '../src/adapters/sandbox/sandbox.ts'
import { packageRoot } from '../src/cli/package-root.ts'

const examples = () => join(packageRoot(), 'examples')

/** What a model really answered when it built the demo's specification: made by `dce run --model record:FILE`. Absolute path. */
export function demoRecording(): string {
  return join(examples(), 'recordings', 'buyer-quotas.jsonl')
}

/** Puts the call exchange, as one commit, and its specification below a folder. Answers absolute paths. */
export function layDemo(folder: string): { readonly folder: string; readonly repo: string; readonly spec: string } {
  const repo = join(folder, 'call-exchange')
  const spec = join(folder, 'buyer-quotas.md')
  cpSync(join(examples(), 'call-exchange'), repo, { recursive: true })
  cpSync(join(examples(), 'buyer-quotas.md'), spec)
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
  const git = (...words: readonly string[]) => execFileSync('git', ['-C', repo, ...words], { env, stdio: 'ignore' })
  git('init', '--quiet', '--initial-branch', 'main')
  git('add', '--all')
  git('-c', 'user.name=Demo', '-c', 'user.email=demo@example.invalid', 'commit', '--quiet', '--message', 'feat: a call exchange')
  return { folder, repo, spec }
}

/** Why commands cannot be sandboxed on this machine; undefined when they can. */
export async function whySandboxIsOff(): Promise<string | undefined> {
  mkdirSync(tmpdir(), { recursive: true })
  const exec = createExec()
  const why = await probeSandbox(exec)
  exec.close()
  return why
}
