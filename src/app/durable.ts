// The App's durable engine, as Restate services: deliveries, threads, runs, boards. What is long is an invocation that any restart begins again; what orders things is short.
import * as restate from '@restatedev/restate-sdk'
import * as clients from '@restatedev/restate-sdk-clients'
import type { InstalledRepository } from '../adapters/github/installations.ts'
import { Gone, isRefusal, UserFault } from '../fault.ts'
import { asRunId, type RunId } from '../ids.ts'
import type { Fixing } from './answer-command.ts'
import { besideRun } from './beside-run.ts'
import { carry } from './carry.ts'
import { type Beside, hearSignal, type ThreadState } from './hear.ts'
import { firstLook, type Looked, lookAgain } from './look.ts'
import { type AppParts, originOf } from './parts.ts'
import { sayFault, sayStuck } from './say-fault.ts'
import { showOrPause } from './show-or-pause.ts'
import { answerFixes } from './show-run.ts'
import { type Delivery, hear, type Signal, signalKey, type Thread, threadKey } from './signal.ts'
import { type RunRequest, startRun } from './start-run.ts'
import { leaveForOthers, takeOverFor } from './take-over.ts'

// Long invocations are silent towards the server for as long as a run takes. It must not take that for death: it would begin a second one beside the first.
const longWork = { inactivityTimeout: { days: 30 }, abortTimeout: { days: 30 } } as const
/** Calls to GitHub that wait for a rate limit. */
const shortWork = { inactivityTimeout: { hours: 2 }, abortTimeout: { hours: 2 } } as const
/** A delivery may come again for days. Source: github-pitfalls P12. */
const remember = { idempotencyRetention: { days: 7 }, journalRetention: { days: 1 } } as const
/** A show at a run's end is tried again so often: after a minute, four times as long each time, six hours in all. Chosen. */
const mostTries = 5
/** Between two looks at a run that another process has, ms. Chosen. */
const lookAgainMs = 1_000

// How the services call each other: names and shapes alone, so that none has to be made before another.
interface RunnerHandlers {
  readonly start: (ctx: restate.Context, request: RunRequest) => Promise<void>
  readonly carry: (ctx: restate.Context, request: { readonly run: RunId }) => Promise<void>
  readonly wake: (ctx: restate.Context, request: { readonly run: RunId; readonly key: string }) => Promise<void>
  readonly beside: (ctx: restate.Context, work: Beside) => Promise<void>
}
interface ThreadHandlers {
  readonly heard: (ctx: restate.ObjectContext, signal: Signal) => Promise<void>
  readonly began: (ctx: restate.ObjectContext, run: { readonly run?: RunId }) => Promise<void>
}
interface LastShow {
  readonly tries: number
}
interface BoardHandlers {
  /** `last`: nobody shows it again by itself; what went wrong is tried again later. */
  readonly show: (ctx: restate.ObjectContext, last?: LastShow) => Promise<void>
  readonly fixing: (ctx: restate.ObjectContext, fix: Fixing) => Promise<void>
  readonly clean: (ctx: restate.ObjectContext, work: Beside) => Promise<void>
}
/** Takes deliveries in; the webhook server sends to it by this name. */
export const deliveriesName: restate.ServiceDefinition<
  'deliveries',
  { readonly receive: (ctx: restate.Context, delivery: Delivery) => Promise<void> }
> = { name: 'deliveries' }
const runnerName: restate.ServiceDefinition<'runner', RunnerHandlers> = { name: 'runner' }
const threadName: restate.VirtualObjectDefinition<'thread', ThreadHandlers> = { name: 'thread' }
const repositoryName: restate.VirtualObjectDefinition<
  'repository',
  { readonly look: (ctx: restate.ObjectContext, at: InstalledRepository) => Promise<void> }
> = { name: 'repository' }
const boardName: restate.VirtualObjectDefinition<'board', BoardHandlers> = { name: 'board' }

type BoardState = { readonly fixes: readonly Fixing[] }

/** Makes the services. `ingressUrl`: where this process tells its own boards that something changed. */
export function durableServices(parts: AppParts, ingressUrl: string) {
  const ingress = clients.connect({ url: ingressUrl })

  const runner = restate.service({
    name: 'runner',
    options: longWork,
    handlers: {
      start: async (ctx: restate.Context, request: RunRequest): Promise<void> => {
        const run = await startRun(parts, request).catch(async (cause: unknown) => {
          if (cause instanceof Gone) return undefined
          await ignoringRefusal(() => sayFault(parts, request.thread, cause))
          return undefined
        })
        ctx.objectSendClient(threadName, threadKey(request.thread)).began(run === undefined ? {} : { run })
        if (run !== undefined) ctx.serviceSendClient(runnerName).carry({ run })
      },
      carry: async (ctx: restate.Context, { run }: { readonly run: RunId }): Promise<void> => {
        const board = keepBoard(parts, ingress, run)
        const carried = await carry(parts, run, board.changed)
          .catch(async (cause: unknown) => {
            if (!(cause instanceof UserFault)) throw cause
            await ignoringRefusal(() => sayStuck(parts, run, cause))
            return { kind: 'unknown-run' } as const
          })
          .finally(board.stop)
        parts.signal.throwIfAborted()
        if (carried.kind === 'elsewhere') {
          if (parts.machine.journal().waiting(run).length === 0) return
          // Whoever has it may have looked for letters for the last time.
          ctx.serviceSendClient(runnerName).carry({ run }, restate.rpc.sendOpts({ delay: lookAgainMs }))
          return
        }
        if (carried.kind === 'unknown-run') return
        await leaveForOthers(parts, run)
        ctx.objectSendClient(boardName, run).show({ tries: 0 })
        if (parts.machine.journal().waiting(run).length > 0) ctx.serviceSendClient(runnerName).carry({ run })
        const { stop } = carried.state
        if (stop?.kind !== 'rate-limited') return
        const delay = Math.max(0, stop.untilMs - parts.machine.clock.now())
        ctx.serviceSendClient(runnerName).wake({ run, key: `limit-${stop.untilMs}` }, restate.rpc.sendOpts({ delay }))
      },
      wake: async (ctx: restate.Context, { run, key }: { readonly run: RunId; readonly key: string }): Promise<void> => {
        parts.machine.journal().post(run, { command: { name: 'resume' }, by: 'the end of the limit' }, key)
        ctx.serviceSendClient(runnerName).carry({ run })
      },
      beside: async (_ctx: restate.Context, work: Beside): Promise<void> => ignoringRefusal(() => besideRun(parts, work)),
    },
  })

  const thread = restate.object({
    name: 'thread',
    options: { ...shortWork, ...remember },
    handlers: {
      heard: async (ctx: restate.ObjectContext, signal: Signal): Promise<void> => {
        const known = (await ctx.get<ThreadState>('state')) ?? {}
        const left = known.run === undefined ? await ctx.run('take over', () => takeOverFor(parts, signal)) : {}
        const state = left.run === undefined ? known : { ...known, run: left.run }
        if (left.isHeld === true) return
        if (left.run !== undefined && left.goesOn === true) ctx.serviceSendClient(runnerName).carry({ run: left.run })
        const next = await ctx.run('hear', () => hearSignal(parts, signal, state), { maxRetryDuration: { days: 1 } })
        const heard = next.labelledAt === undefined ? state : { ...state, labelledAt: next.labelledAt }
        if (next.start !== undefined || heard !== known) ctx.set('state', next.start === undefined ? heard : { ...heard, starting: true })
        if (next.start !== undefined) ctx.serviceSendClient(runnerName).start(next.start)
        if (next.fixing !== undefined) ctx.objectSendClient(boardName, next.fixing.run).fixing(next.fixing)
        if (next.show !== undefined) ctx.objectSendClient(boardName, next.show).show()
        if (next.carry !== undefined) ctx.serviceSendClient(runnerName).carry({ run: next.carry })
        for (const work of next.beside ?? []) {
          // Removed while it is being shown, a run's branches would come back.
          if (work.name === 'clean') ctx.objectSendClient(boardName, work.run).clean(work)
          else ctx.serviceSendClient(runnerName).beside(work)
        }
      },
      /** A run has its name, or none was begun. Pull requests of a run hear of it too. */
      began: async (ctx: restate.ObjectContext, { run }: { readonly run?: RunId }): Promise<void> => {
        const state = (await ctx.get<ThreadState>('state')) ?? {}
        const { starting: _, ...rest } = state
        ctx.set('state', run === undefined ? rest : { ...rest, run })
      },
    },
  })

  const board = restate.object({
    name: 'board',
    options: shortWork,
    handlers: {
      show: async (ctx: restate.ObjectContext, last?: LastShow): Promise<void> => {
        const run = asRunId(ctx.key)
        const { pulls, isWhole } = await showOrPause(parts, run)
        for (const pull of pulls) ctx.objectSendClient(threadName, threadKey(pull)).began({ run })
        const { fixes } = (await ctx.get<BoardState>('state')) ?? { fixes: [] }
        if (fixes.length > 0 && (await answerFixes(parts, run, fixes))) ctx.clear('state')
        if (isWhole || last === undefined || last.tries >= mostTries) return
        const delay = parts.boardEveryMs * 4 ** (last.tries + 1)
        ctx.objectSendClient(boardName, run).show({ tries: last.tries + 1 }, restate.rpc.sendOpts({ delay }))
      },
      clean: async (_ctx: restate.ObjectContext, work: Beside): Promise<void> => ignoringRefusal(() => besideRun(parts, work)),
      fixing: async (ctx: restate.ObjectContext, fix: Fixing): Promise<void> => {
        const { fixes } = (await ctx.get<BoardState>('state')) ?? { fixes: [] }
        ctx.set('state', { fixes: [...fixes, fix] })
      },
    },
  })

  const deliveries = restate.service({
    name: 'deliveries',
    options: { ...shortWork, ...remember },
    handlers: {
      receive: async (ctx: restate.Context, delivery: Delivery): Promise<void> => {
        const heard = hear(delivery)
        // Only whoever waits has to know, and looks by itself now and then: nothing is lost by ringing where nobody listens.
        if (heard.kind === 'gate-ran') parts.bell.emit(heard.head)
        if (heard.kind !== 'signal') return
        const { signal } = heard
        const at = signal.kind === 'clicked' ? await clickedThread(parts, signal) : signal.thread
        if (at !== undefined) tellThread(ctx, signal.kind === 'clicked' ? { ...signal, thread: at } : signal, at)
      },
    },
  })

  const repository = restate.object({
    name: 'repository',
    options: shortWork,
    handlers: {
      look: async (ctx: restate.ObjectContext, at: InstalledRepository): Promise<void> => {
        const seen = await ctx.get<Looked>('state')
        const found = await ctx.run('look', async () => {
          const { installedAtMs, ...place } = at
          // What fails is looked at the next time.
          return lookAgain(parts, place, { ...firstLook(installedAtMs, parts.machine.clock.now()), ...seen }).catch((cause: unknown) => {
            parts.machine.log.warn('a repository was not looked at', { repository: ctx.key, cause: String(cause) })
            return undefined
          })
        })
        if (found === undefined) return
        for (const signal of found.signals) tellThread(ctx, signal, signal.thread)
        ctx.set('state', found.looked)
      },
    },
  })

  return {
    deliveries,
    thread,
    repository,
    runner,
    board,
    /** Sees to it that somebody carries the run on. */
    carryOn: async (run: RunId): Promise<void> => {
      await ingress.serviceSendClient(runnerName).carry({ run })
    },
    /** Hears what no webhook told of a repository. One look at a time, whoever looks. */
    lookAt: async (at: InstalledRepository): Promise<void> => {
      await ingress
        .objectClient(repositoryName, `${at.owner}/${at.name}`.toLowerCase())
        .look(at, clients.rpc.opts({ signal: parts.signal }))
    },
  }
}

// Under one key a thread hears a thing once, also when a webhook comes after a look, or the other way round.
function tellThread(ctx: restate.Context, signal: Signal, at: Thread): void {
  const key = signalKey(signal)
  ctx.objectSendClient(threadName, threadKey(at)).heard(signal, restate.rpc.sendOpts(key === undefined ? {} : { idempotencyKey: key }))
}

// A check run knows its run; where that came from, its own record knows.
async function clickedThread(parts: AppParts, signal: Extract<Signal, { kind: 'clicked' }>): Promise<Thread | undefined> {
  const run = signal.key.split(' ')[0] ?? ''
  const origin = await originOf(parts, asRunId(run))
  const { owner, name } = signal.repository
  return origin?.thread.owner === owner && origin.thread.name === name ? origin.thread : undefined
}

async function ignoringRefusal(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    if (isRefusal(cause)) return
    // Trying again mends nothing that a person has to mend.
    if (cause instanceof UserFault) throw new restate.TerminalError(cause.message)
    throw cause
  }
}

// While a run goes on its board is shown at most so often, and never by two at once. What is missed at the end is shown by `carry`.
function keepBoard(
  parts: AppParts,
  ingress: clients.Ingress,
  run: RunId,
): { readonly changed: () => void; readonly stop: () => Promise<void> } {
  let dirty = true
  let over = false
  let wake: () => void = () => undefined
  const loop = async () => {
    // An aborted sleep ends at once: going round again would never let anything else happen.
    while (!over && !parts.signal.aborted) {
      if (dirty) {
        dirty = false
        try {
          await ingress.objectClient(boardName, run).show(undefined)
        } catch (cause) {
          parts.machine.log.warn('the board was not shown', { run, cause: String(cause) })
        }
      }
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      await Promise.race([woken, parts.machine.clock.sleep(parts.boardEveryMs, parts.signal)])
    }
  }
  const done = loop()
  return {
    changed: () => {
      dirty = true
    },
    stop: async () => {
      over = true
      wake()
      await done
    },
  }
}
