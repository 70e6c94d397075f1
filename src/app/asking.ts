// Who said something where -> what they may, and how they are told: reactions, answers, a refusal once per person and thread.
import { isRefusal } from '../fault.ts'
import type { GitHub, Permission, ReactionTarget } from '../github.ts'
import { configPath, readConfig } from '../read-config.ts'
import type { Log } from '../world.ts'
import { type AppConfig, appConfigOf, mayDo } from './app-config.ts'
import type { AppParts } from './parts.ts'
import type { Actor, Thread } from './signal.ts'

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

/** Opens it. Errors: Gone, WorldFault; UserFault for a configuration that cannot be read. */
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

/** Answers it on its thread, once. */
export function answer(asking: Asking, text: string): Promise<void> {
  const { github, thread, key, by } = asking
  const body = text.startsWith('@') ? text : `@${by.login} ${text}`
  return say(asking, () => github.putComment({ issue: thread.number, marker: `dce-answer ${key}`, body }))
}

// A reaction or an answer that GitHub does not take, perhaps because the comment was deleted, takes nothing from the command.
async function say({ log }: Pick<Asking, 'log'>, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    if (!isRefusal(cause)) throw cause
    log.warn('a word was not said', { why: cause.message })
  }
}

/** Reacts to what was said. */
export function react(asking: Asking, content: 'eyes' | 'rocket' | 'confused'): Promise<void> {
  return say(asking, () => asking.github.react(asking.target, content))
}
