// What agents, tests and people wrote must not talk to the runner: while it is printed, workflow commands are off. Source: GitHub, "Stopping and starting workflow commands"; github-pitfalls P29.
import { randomUUID } from 'node:crypto'

/** Turns workflow commands off until `end`, which may be called twice. The word that turns them on again is nobody's to guess. */
export function beginUntrusted(write: (line: string) => void): { end(): void } {
  const word = randomUUID()
  let isOff = true
  write(`::stop-commands::${word}`)
  return {
    end: () => {
      if (isOff) write(`::${word}::`)
      isOff = false
    },
  }
}
