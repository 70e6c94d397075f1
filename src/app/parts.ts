// All that the App's steps need, as one readonly object; types, and the few lines that name places. Built by the door.
import type { EventEmitter } from 'node:events'
import { join } from 'node:path'
import { openRemote, type Remote } from '../adapters/git/remote.ts'
import { type Machine, personEnv } from '../cli/open-machine.ts'
import type { WrittenConfig } from '../config.ts'
import type { GitHub } from '../github.ts'
import type { RunId } from '../ids.ts'
import type { Narration } from '../report/narrate.ts'
import { replay } from '../run/drive.ts'
import type { RunState } from '../run/state.ts'
import type { Thread } from './signal.ts'

/** The outside of the App. */
export interface AppParts {
  readonly machine: Machine
  /** Contract: cheap; one Octokit per installation, so that limits are seen together. */
  readonly connect: (repository: Omit<Thread, 'number'>) => GitHub
  /** The App's installation on a repository now; undefined where there is none. Errors: RequestError after retries. */
  readonly findInstallation: (repository: { readonly owner: string; readonly name: string }) => Promise<number | undefined>
  /** Installations that replaced the one that a run began with, by {@link repositoryKey}. */
  readonly installations: Map<string, number>
  /** Address of GitHub's pages: `https://github.com`. */
  readonly webUrl: string
  /** As `--model` of the CLI: the API, or a recording. */
  readonly model: string | undefined
  readonly sandbox: 'on' | 'off'
  /** What the door itself says of the configuration; wins over the repository's. */
  readonly written: WrittenConfig
  /** Told what happens in a run, in words. Contract: must not throw. */
  readonly tell: (run: RunId, narration: Narration) => void
  /** Pull requests of runs that were shown by this process. */
  readonly pulls: Map<RunId, number>
  /** A board is edited this often at most, ms. Source: product description. */
  readonly boardEveryMs: number
  /** Between two looks at a run of the gate's workflow, and the longest wait for one to begin, ms. */
  readonly gatePollMs: number
  readonly gateBeginsWithinMs: number
  /** What a person should know of a gate that is waited for, by run. */
  readonly gateNews: Map<RunId, string>
  /** Rung with a commit when GitHub tells of a finished workflow run for it. */
  readonly bell: EventEmitter
  /** Runs that this process is carrying on now. */
  readonly inHand: Set<RunId>
  /** The process is going down. */
  readonly signal: AbortSignal
}

/** Where a run came from; recorded with it. */
export interface Origin {
  /** Number 0: no issue asked for it. */
  readonly thread: Thread
  readonly by: string
}

/** The clone that runs of a repository work on. */
export function remoteOf(parts: AppParts, { owner, name, installation }: Omit<Thread, 'number'>, cloneUrl: string): Remote {
  const { machine } = parts
  const github = parts.connect({ owner, name, installation })
  return openRemote({
    dir: join(machine.places.state, 'clones', `${owner}--${name}.git`.toLowerCase()),
    url: cloneUrl,
    token: (options) => github.gitToken(options),
    exec: machine.exec,
    env: gitEnv(machine),
  })
}

/** git needs to find programs, proxies and certificates; it must not see the App's own secrets. */
export function gitEnv(machine: Machine): Readonly<Record<string, string>> {
  const wanted = /^(?:PATH|HOME|LANG|TMPDIR|SSL_CERT_(?:FILE|DIR)|GIT_SSL_CAINFO|(?:HTTPS?|NO|ALL)_PROXY)$/iu
  return Object.fromEntries(Object.entries(personEnv(machine.env)).filter(([name]) => wanted.test(name)))
}

/** The origin of a run, through the installation of now; undefined for one that another door began. */
export async function originOf(
  { machine, installations }: Pick<AppParts, 'machine' | 'installations'>,
  run: RunId,
): Promise<Origin | undefined> {
  const origin = await machine.journal().recorded<Origin>({ run, key: originKey })
  const installation = origin === undefined ? undefined : installations.get(repositoryKey(origin.thread))
  return origin === undefined || installation === undefined ? origin : { ...origin, thread: { ...origin.thread, installation } }
}

/** A repository's name does not care about case. */
export function repositoryKey({ owner, name }: { readonly owner: string; readonly name: string }): string {
  return `${owner}/${name}`.toLowerCase()
}

/** Recorded under this key. */
export const originKey = 'github/origin'

/** What names of its runs begin with. */
export function slugOf({ number }: Thread): string {
  return number === 0 ? 'spec' : String(number)
}

/** Where a run stands by its journal; undefined when it is not known here. Errors: WorldFault('journal'). */
export async function stateOf({ machine }: Pick<AppParts, 'machine'>, run: RunId): Promise<RunState | undefined> {
  return replay(await machine.journal().load(run))
}
