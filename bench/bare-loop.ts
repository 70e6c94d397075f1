// What dce is compared with: the SDK, a loop over tools, one process, no orchestration. Same tools, sandbox and starter; worktrees and commits by plain git.

import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import Anthropic from '@anthropic-ai/sdk'
import { createExec } from '../src/adapters/process/exec.ts'
import { openSandbox } from '../src/adapters/sandbox/sandbox.ts'
import { describeTools } from '../src/agent/tool-schema.ts'
import { bashTool } from '../src/agent/tools/bash.ts'
import { readTool } from '../src/agent/tools/read.ts'
import { globTool, grepTool } from '../src/agent/tools/search.ts'
import { editTool, writeTool } from '../src/agent/tools/write.ts'
import { taskOf } from './site.ts'

const { values } = parseArgs({
  options: {
    agents: { type: 'string' },
    repo: { type: 'string' },
    worktrees: { type: 'string' },
    url: { type: 'string' },
    starter: { type: 'string', default: '' },
    // Worktrees are made before the clock, commands run without sandbox, nothing is committed or merged.
    'only-work': { type: 'boolean', default: false },
  },
})
const [repo, worktrees, onlyWork] = [values.repo ?? '', values.worktrees ?? '', values['only-work']]
const client = new Anthropic({ apiKey: 'bench', baseURL: values.url })
const exec = createExec()
exec.useStarter(values.starter)
const sandbox = await openSandbox({ mode: onlyWork ? 'off' : 'on', exec, visible: [], allowedHosts: [] })
const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', GIT_CONFIG_GLOBAL: '/dev/null' }

async function git(cwd: string, ...words: readonly string[]): Promise<void> {
  const argv = ['git', '-c', 'user.name=bench', '-c', 'user.email=bench@example.invalid', ...words]
  const { exit, stderr } = await exec.run({ argv, cwd, env, timeoutMs: 60_000, maxOutputBytes: 10_000 })
  if (exit.kind !== 'exited' || exit.code !== 0) throw new Error(`git ${words.join(' ')}: ${stderr}`)
}

async function work(index: number): Promise<void> {
  const { id } = taskOf(index)
  const root = join(worktrees, id)
  const seen = new Set<string>()
  const workspace = { root, mayWrite: () => ({ kind: 'yours' }) as const, isProtected: () => undefined }
  const policy = { writable: [root], readable: [], hidden: [], allowedHosts: [] }
  const shell = { root, sandbox, policy, env: async () => env, look: async () => async () => [] }
  const tools = [
    readTool(root, seen),
    grepTool({ root, exec, ripgrepPath: env.PATH }),
    globTool(root),
    writeTool(workspace, seen),
    editTool(workspace),
    bashTool(shell),
  ]
  const messages: Anthropic.Beta.BetaMessageParam[] = [{ role: 'user', content: `# Your task: ${id}\nWrite it.` }]
  for (;;) {
    const answer = await client.beta.messages
      .stream({ model: 'claude-sonnet-5-5', max_tokens: 4096, system: 'You write Go.', tools: [...describeTools(tools)], messages })
      .finalMessage()
    messages.push({ role: 'assistant', content: answer.content })
    const calls = answer.content.filter((block) => block.type === 'tool_use')
    if (calls.length === 0) break
    const results: Anthropic.Beta.BetaToolResultBlockParam[] = []
    for (const call of calls) {
      const result = await tools
        .find((tool) => tool.name === call.name)
        ?.run(call.input, { signal: new AbortController().signal, turn: messages.length })
      results.push({
        type: 'tool_result',
        tool_use_id: call.id,
        content: result?.text ?? 'no such tool',
        is_error: result?.isError ?? true,
      })
    }
    messages.push({ role: 'user', content: results })
  }
  if (onlyWork) return
  await git(root, 'add', '--all')
  await git(root, 'commit', '--quiet', '--message', id)
}

const indexes = Array.from({ length: Number(values.agents) }, (_, index) => index)
const add = async (index: number) => git(repo, 'worktree', 'add', '--quiet', '-b', taskOf(index).id, join(worktrees, taskOf(index).id))
if (onlyWork) for (const index of indexes) await add(index)
const startedAt = performance.now()
console.log('started')
// `worktree add` does not run in parallel; an agent begins as soon as its own is there.
let made = Promise.resolve()
await Promise.all(
  indexes.map(async (index) => {
    made = made.then(() => (onlyWork ? undefined : add(index)))
    await made
    await work(index)
  }),
)
if (!onlyWork) {
  await git(repo, 'worktree', 'add', '--quiet', '-b', 'merged', join(worktrees, 'merged'))
  for (const index of indexes) await git(join(worktrees, 'merged'), 'merge', '--quiet', '--no-edit', taskOf(index).id)
}
console.log(`ended ${performance.now() - startedAt}`)
exec.close()
await sandbox.close()
