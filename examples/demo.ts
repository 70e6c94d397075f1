// `npm run demo`: the call exchange and a specification -> a whole run in a temporary repository, answered from a recording. No key, no account, no network.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readRecording } from '../src/adapters/anthropic/recording.ts'
import { main } from '../src/cli.ts'
import { demoRecording, layDemo, whySandboxIsOff } from './demo-scene.ts'

const sandbox = await whySandboxIsOff()
const { date, note } = readRecording(demoRecording())
console.log(
  `dce demo${sandbox === undefined ? '' : ` WITHOUT SANDBOX (${sandbox})`}: the model's turns come from a recording of ${date} (no key, nothing is paid); worktrees, merges,${sandbox === undefined ? ' sandbox,' : ''} compiler, tests and verdicts are real.${note === undefined ? '' : `\n${note}`}`,
)

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dce-demo-')))
const { repo, spec } = layDemo(folder)
const env = { ...process.env, XDG_STATE_HOME: join(folder, 'state'), XDG_CACHE_HOME: join(folder, 'cache') }
const model = ['--model', `replay:${demoRecording()}`]
await main(['run', spec, '--repo', repo, '--yes', ...model, ...(sandbox === undefined ? [] : ['--sandbox', 'off'])], env)
show(folder)

function git(...words: readonly string[]): string {
  return execFileSync('git', ['-C', repo, ...words], {
    encoding: 'utf8',
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  })
}

// What a person would look at next: the branches as a graph, progress.md, and the text of the pull request.
function show(folder: string): void {
  const branch = git('branch', '--list', 'dce/*/pr', '--format=%(refname:short)').trim()
  if (branch === '') return
  const reports = join(folder, 'state', 'dce', 'runs', branch.split('/')[1] ?? '')
  section(`git log --graph ${branch}`, git('log', '--graph', '--oneline', branch))
  for (const name of ['progress.md', 'pull-request.md']) {
    const path = join(reports, name)
    if (existsSync(path)) section(name, readFileSync(path, 'utf8'))
  }
  console.log(`The repository with its branches is ${repo}; what was written about the run is in ${reports}.`)
}

function section(title: string, text: string): void {
  console.log(`\n=== ${title} ===\n\n${text.trimEnd()}\n`)
}
