// From a green gate to the next wave's first request to the model: what the run itself takes in between (merge of the verdict, worktree, prompt). The CLI in `sequential` mode.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { startMessagesApi } from '../test/fakes/messages-api/server.ts'
import { planAnswer, repository, specification, writeScript } from '../test/scenarios/quota-feature.ts'
import { answerFrom } from '../test/support/scripted-answers.ts'
import { type Figure, figureOf, type Measuring } from './figure.ts'
import { program } from './programs.ts'

/** Measured `times` times. */
export async function measureNextWave({ times, say, shelf }: Measuring): Promise<readonly Figure[]> {
  const samples: number[] = []
  for (let time = 1; time <= times; time++) {
    samples.push(await measureOnce(shelf))
    say(`next wave ${time} of ${times}: ${samples.at(-1)} ms`)
  }
  return [
    figureOf({
      name: 'next-wave',
      unit: 'ms from a green gate to the next wave’s first request to the model',
      samples,
      note: 'sequential, a module of two packages; with the gate in Actions the answer is noticed within a webhook, else 30 s',
    }),
  ]
}

async function measureOnce(shelf: Measuring['shelf']): Promise<number> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dce-bench-wave-')))
  const repo = join(folder, 'shop')
  for (const [path, text] of Object.entries(repository)) {
    mkdirSync(dirname(join(repo, path)), { recursive: true })
    writeFileSync(join(repo, path), text)
  }
  const git = (...words: readonly string[]) => execFileSync('git', ['-C', repo, ...words], { stdio: 'ignore' })
  git('init', '--quiet')
  git('add', '--all')
  git('-c', 'user.name=bench', '-c', 'user.email=bench@example.invalid', 'commit', '--quiet', '--message', 'a shop')
  shelf.lay({ folder, repo })
  const { solution } = writeScript(join(folder, 'script'))
  const script = { plan: planAnswer(), solution, firstTry: join(folder, 'none') }
  const asked: number[] = []
  const api = await startMessagesApi({
    answer: (request) => {
      asked.push(Date.now())
      return { content: answerFrom(script, request), firstTokenDelayMs: 10 }
    },
  })
  writeFileSync(join(folder, 'spec.md'), specification)
  try {
    const events = await runOf({ folder, repo, apiUrl: api.url })
    const green = events.find((event) => event.type === 'gate-judged' && event.wave === 1 && event.verdict?.verdict === 'green')
    const next = asked.find((at) => green !== undefined && at >= green.at)
    if (green === undefined || next === undefined) throw new Error(`no second wave: ${events.map(({ type }) => type).join(' ')}`)
    return next - green.at
  } finally {
    await api.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface ToldEvent {
  readonly type: string
  readonly at: number
  readonly wave?: number
  readonly verdict?: { readonly verdict: string }
}

async function runOf(given: { readonly folder: string; readonly repo: string; readonly apiUrl: string }): Promise<readonly ToldEvent[]> {
  const { folder, repo, apiUrl } = given
  const words = ['run', join(folder, 'spec.md'), '--repo', repo, '--yes', '--json', '--mode', 'sequential']
  const child = spawn(process.execPath, [program('cli'), ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      XDG_STATE_HOME: join(folder, 'state'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      ANTHROPIC_API_KEY: 'bench',
      ANTHROPIC_BASE_URL: apiUrl,
    },
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  await new Promise((resolve) => child.once('close', resolve))
  return said
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as ToldEvent)
}
