// One git process that answers question after question, for what is asked thousands of times: a process each would be most of the work.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { WorldFault } from '../../fault.ts'

/**
 * Reads an answer from all that has come so far: the value and how many bytes it took, or how many bytes there must be at least to look again.
 * Throws when what came is no answer: then the question fails with that, and the process is replaced.
 */
export type ReadAnswer<Value> = (come: Buffer) => { readonly value: Value; readonly bytes: number } | { readonly needs: number }

/** A process that is started by the first question, again by the first one after it ended, and ended when nobody asked for a while. */
export interface Talk {
  /** Errors: WorldFault('git') when the process ended twice over this question, or did not answer it within the time of every git command. */
  ask<Value>(question: string, read: ReadAnswer<Value>): Promise<Value>
}

interface Asked {
  readonly question: string
  /** Takes its answer from what has come: what is left over, or how many bytes it waits for. Throws as {@link ReadAnswer} does. */
  readonly take: (come: Buffer) => { readonly rest: Buffer } | { readonly needs: number }
  readonly fail: (fault: unknown) => void
  /** How often the process ended while this was the question it was at. */
  deaths: number
}

/** Chosen: shorter than the pauses of a run in which nothing is asked, longer than those between two turns. */
const idleMs = 10_000
/** As for other git commands. */
const answerMs = 120_000

/** `args`: of git. `env`: the whole environment. */
export function openTalk(options: {
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}): Talk {
  const waiting: Asked[] = []
  let partner: ChildProcessWithoutNullStreams | undefined
  let late: NodeJS.Timeout | undefined
  let idle: NodeJS.Timeout | undefined

  const start = (): ChildProcessWithoutNullStreams => {
    const started = startGit(options)
    const parts: Buffer[] = []
    let [bytes, needs] = [0, 1]
    let stderr = ''
    started.stdout.on('data', (part: Buffer) => {
      parts.push(part)
      bytes += part.length
      if (partner !== started || bytes < needs) return
      const left = takeOrReplace(started, Buffer.concat(parts))
      parts.splice(0, parts.length, left.rest)
      bytes = left.rest.length
      needs = left.needs
    })
    started.stderr.on('data', (part: Buffer) => {
      stderr = `${stderr}${part.toString('utf8')}`.slice(-600)
    })
    started.on('error', (error) => gone(started, `could not be started: ${error.message}`))
    started.on('close', (code, signal) => gone(started, `ended (${signal ?? code})${stderr === '' ? '.' : `: ${stderr.trim()}`}`))
    return started
  }

  /** Answers what can be answered: what is left over, and how many bytes have to be there before it is worth looking again. */
  const takeAll = (from: ChildProcessWithoutNullStreams, come: Buffer): { readonly rest: Buffer; readonly needs: number } => {
    let rest = come
    for (let first = waiting[0]; first !== undefined && rest.length > 0; first = waiting[0]) {
      const taken = first.take(rest)
      if ('needs' in taken) return { rest, needs: Math.max(rest.length + 1, taken.needs) }
      rest = taken.rest
      waiting.shift()
      watch(from)
    }
    return { rest, needs: 1 }
  }

  // Behind what is no answer nobody knows where the next one begins.
  const takeOrReplace = (from: ChildProcessWithoutNullStreams, come: Buffer): ReturnType<typeof takeAll> => {
    try {
      return takeAll(from, come)
    } catch (cause) {
      waiting.shift()?.fail(cause)
      leave(from)
      from.kill('SIGKILL')
      clearTimeout(late)
      if (waiting.length > 0) askAll(waiting)
      return { rest: Buffer.alloc(0), needs: 1 }
    }
  }

  const watch = (over: ChildProcessWithoutNullStreams) => {
    clearTimeout(late)
    clearTimeout(idle)
    // The first keeps the program alive while somebody waits, the second does not.
    if (waiting.length > 0) late = setTimeout(() => over.kill('SIGKILL'), answerMs)
    else idle = setTimeout(() => leave(over), idleMs).unref()
  }

  const leave = (over: ChildProcessWithoutNullStreams) => {
    if (partner === over) partner = undefined
    over.stdin.end()
  }

  // The question it was at may be what ended it: asked again once; the others had no part in it.
  const gone = (over: ChildProcessWithoutNullStreams, problem: string) => {
    if (partner !== over) return
    partner = undefined
    clearTimeout(late)
    const first = waiting[0]
    if (first === undefined) return
    first.deaths += 1
    if (first.deaths > 1) {
      waiting.shift()
      first.fail(new WorldFault({ service: 'git', problem: `git ${options.args.slice(0, 2).join(' ')} ${problem}`, retryable: true }))
    }
    if (waiting.length > 0) askAll(waiting)
  }

  const askAll = (questions: readonly Asked[]) => {
    partner ??= start()
    for (const { question } of questions) partner.stdin.write(question)
    watch(partner)
  }

  return {
    ask: (question, read) =>
      new Promise((resolve, reject) => {
        const take = (come: Buffer) => {
          const answer = read(come)
          if ('needs' in answer) return answer
          resolve(answer.value)
          return { rest: come.subarray(answer.bytes) }
        }
        const asked: Asked = { question, take, fail: reject, deaths: 0 }
        waiting.push(asked)
        askAll([asked])
      }),
  }
}

function startGit({ args, cwd, env }: Parameters<typeof openTalk>[0]): ChildProcessWithoutNullStreams {
  // A session of its own: a Ctrl-C on the terminal is ours to answer. Our end, however it comes, closes its input, and it ends.
  const child = spawn('git', args, { cwd, env, stdio: 'pipe', detached: true })
  child.stdin.on('error', () => undefined)
  // It must not keep the program alive when nothing is asked.
  child.unref()
  for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as { unref?: () => void }).unref?.()
  return child
}
