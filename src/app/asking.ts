// Somebody on a thread -> who they are and what they may; and how they are answered. What GitHub does not take of an answer takes nothing from the command.
import { Gone, WorldFault } from '../fault.ts'
import type { GitHub, Permission, ReactionTarget } from '../github.ts'
import { configPath, readConfig } from '../read-config.ts'
import type { Log } from '../world.ts'
import { type AppConfig, appConfigOf, mayDo } from './app-config.ts'
import type { Next } from './hear.ts'
import type { AppParts } from './parts.ts'
import type { Actor, Thread } from './signal.ts'

/** What GitHub refuses for good: trying again mends nothing. */
export function isFinal(cause: unknown): cause is Gone | WorldFault {
  return cause instanceof Gone || (cause instanceof WorldFault && cause.service === 'github' && !cause.retryable)
}

// A reaction or an answer that GitHub does not take, perhaps because the comment was deleted, takes nothing from the command.
async function say({ log }: Pick<Asking, 'log'>, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    if (!isFinal(cause)) throw cause
    log.warn('a word was not said', { why: cause.message })
  }
}

/** Reacts to what was said. */
export function react(asking: Asking, content: 'eyes' | 'rocket' | 'confused'): Promise<void> {
  return say(asking, () => asking.github.react(asking.target, content))
}

/** Who spoke, where, and what they may. */
export interface Asking {
  readonly github: GitHub
  readonly log: Log
  readonly config: AppConfig
  readonly thread: Thread
  readonly by: Actor
  readonly target: ReactionTarget
  /** Names this command, for markers and keys. */
  readonly key: string
  /** Names the saying that it is a part of. */
  readonly occasion: string
}

/** Reads what the repository goes by. Errors: UserFault for a configuration that cannot be read; WorldFault, Gone. */
export async function ask(
  parts: AppParts,
  asked: Pick<Asking, 'thread' | 'by' | 'target' | 'key'> & { readonly occasion?: string },
): Promise<Asking> {
  const github = parts.connect(asked.thread)
  const text = await github.readFile(configPath)
  return { occasion: asked.key, ...asked, github, log: parts.machine.log, config: appConfigOf(text === undefined ? {} : readConfig(text)) }
}

/** Whether it counts. People by their permission; bots only by name. A refusal is told once per person and thread. */
export async function isAllowed(asking: Asking, command: string): Promise<boolean> {
  const { github, config, by, thread } = asking
  if (by.isBot) return config.bots.includes(by.login)
  const has: Permission = await github.permissionOf(by.login)
  if (mayDo(config, has, command)) return true
  await react(asking, 'confused')
  const wanted = config.permissions.get(command) ?? 'write'
  const body = `@${by.login}, this needs the permission \`${wanted}\` on this repository, and yours is \`${has}\`.`
  await say(asking, () => github.putComment({ issue: thread.number, marker: `dce-permission ${by.login}`, body }))
  return false
}

/** Says why not. */
export async function refuse(asking: Asking, why: string): Promise<Next> {
  await react(asking, 'confused')
  await answer(asking, why)
  return {}
}

/** Answers whoever spoke. */
export function answer(asking: Asking, text: string): Promise<void> {
  const { github, thread, key, by } = asking
  const body = text.startsWith('@') ? text : `@${by.login} ${text}`
  return say(asking, () => github.putComment({ issue: thread.number, marker: `dce-answer ${key}`, body }))
}
