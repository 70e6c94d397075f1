// Ctrl-C and SIGTERM -> first: finish the turn and commit; second: stop at once. Either way nothing is lost.

/** Signals of one process. `finish` aborts at the first interrupt, `stop` at the second. */
export interface Interrupts {
  readonly finish: AbortSignal
  readonly stop: AbortSignal
  readonly interrupted: () => boolean
  dispose(): void
}

/** Listens for SIGINT, SIGTERM and SIGHUP until disposed. `say` is told what each one means. */
export function listenForInterrupts(say: (text: string) => void): Interrupts {
  const finish = new AbortController()
  const stop = new AbortController()
  const onSignal = () => {
    if (finish.signal.aborted) {
      say('Stopping at once. Everything up to the last turn is kept; go on with `dce resume`.')
      stop.abort()
      return
    }
    say('Finishing the turn, then stopping. Once more stops at once.')
    finish.abort()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return {
    finish: finish.signal,
    stop: stop.signal,
    interrupted: () => finish.signal.aborted,
    dispose: () => {
      for (const signal of signals) process.off(signal, onSignal)
    },
  }
}
