// A repository, a specification, a scripted model and the CLI as a process: what every scenario begins with. State and caches lie in the scene's folder.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { inject } from 'vitest'
import type { Answer } from '../fakes/messages-api/answers.ts'
import type { MessagesRequest } from '../fakes/messages-api/request.ts'
import { type MessagesApi, startMessagesApi } from '../fakes/messages-api/server.ts'
import { layPrograms } from '../support/go-programs.ts'
import { whyNoSandbox } from '../support/sandbox.ts'
import { warmGoCaches } from '../support/warm-go-cache.ts'

const noSandbox = await whyNoSandbox()

/** What a finished process left: its exit code (null: ended by a signal) and all that it printed, both streams as they came. */
export interface Said {
  readonly code: number | null
  readonly said: string
}

/** A scene. Paths absolute. `start` leaves the process to the caller, who ends it. */
export interface Scene {
  readonly folder: string
  readonly repo: string
  /** The specification's file. */
  readonly spec: string
  readonly api: MessagesApi
  /** Environment of the next processes, on top of the scene's own. */
  readonly env: Record<string, string>
  git(...words: readonly string[]): string
  start(...words: readonly string[]): ChildProcess & { readonly said: () => string }
  dce(...words: readonly string[]): Promise<Said>
  /** A file of a run's report folder. */
  report(run: string, name: string): string
  close(): Promise<void>
}

/** What a scene is made of. `files`: the repository's first commit; `env`: on top of this process's; `race`: the race detector will be used. */
export interface SceneRequest {
  readonly files: Readonly<Record<string, string>>
  readonly specification: string
  readonly answer: (request: MessagesRequest) => Answer | Promise<Answer>
  readonly env?: (folder: string) => Readonly<Record<string, string>>
  readonly race?: boolean
}

/** Sets the scene: nothing of dce has run yet, but the standard library is compiled, and so are dce's own Go programs. */
export async function openScene(request: SceneRequest): Promise<Scene> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dce-scene-')))
  const repo = join(folder, 'shop')
  const spec = join(folder, 'spec.md')
  const git = (...words: readonly string[]) => execFileSync('git', ['-C', repo, ...words], { encoding: 'utf8' }).trim()
  writeFiles(repo, request.files)
  writeFileSync(spec, request.specification)
  execFileSync('git', ['init', '--quiet', repo])
  git('add', '--all')
  git('commit', '--quiet', '--message', 'a shop')
  warmGoCaches({ cacheHome: join(folder, 'cache'), repo, race: request.race === true })
  await layPrograms(join(folder, 'cache'))
  const api = await startMessagesApi({ answer: request.answer })
  const more: Record<string, string> = { ...request.env?.(folder) }
  const start = (...words: readonly string[]) => {
    const env = { ...process.env, ...homes(folder), ANTHROPIC_API_KEY: 'test', ANTHROPIC_BASE_URL: api.url, ...more }
    return collecting(
      spawn(process.execPath, [inject('cli'), ...words, ...(noSandbox === undefined ? [] : ['--sandbox', 'off'])], { cwd: folder, env }),
    )
  }
  return {
    folder,
    repo,
    spec,
    api,
    env: more,
    git,
    start,
    dce: async (...words) => {
      const child = start(...words)
      const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
      return { code, said: child.said() }
    },
    report: (run, name) => readFileSync(join(folder, 'state', 'dce', 'runs', run, name), 'utf8'),
    close: async () => {
      await api.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The run id in what was printed; '' when there is none. */
export function runOf(said: string): string {
  return /[Rr]un (?<id>[a-z0-9-]+-[0-9a-f]{6})/u.exec(said)?.groups?.['id'] ?? ''
}

/** Writes files below a folder. */
export function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

function homes(folder: string): Readonly<Record<string, string>> {
  return { XDG_STATE_HOME: join(folder, 'state'), XDG_CACHE_HOME: join(folder, 'cache') }
}

function collecting(child: ChildProcess): ChildProcess & { readonly said: () => string } {
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data) => {
      said += String(data)
    })
  }
  return Object.assign(child, { said: () => said })
}
