// What commands print on and ask from: stdout for results, stderr for everything else.
import { createInterface } from 'node:readline/promises'

/** The terminal of this process, or a test's. `isTty`: a person can see a live board and answer. */
export interface Terminal {
  readonly isTty: boolean
  readonly width: number
  readonly height: number
  readonly colour: boolean
  out(text: string): void
  err(text: string): void
  /** Asks for yes or no; no on an empty answer or a closed input. */
  confirm(question: string): Promise<boolean>
}

/** The real terminal. Colour follows NO_COLOR and FORCE_COLOR. Source: no-color.org. */
export function processTerminal(env: Readonly<Record<string, string | undefined>>): Terminal {
  const isTty = process.stdout.isTTY === true && process.stdin.isTTY === true && env['TERM'] !== 'dumb'
  return {
    isTty,
    width: process.stdout.columns ?? 100,
    height: process.stdout.rows ?? 40,
    colour: (isTty && env['NO_COLOR'] === undefined) || env['FORCE_COLOR'] !== undefined,
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    confirm: async (question) => {
      const lines = createInterface({ input: process.stdin, output: process.stderr })
      try {
        return /^y(es)?$/iu.test((await lines.question(`${question} [y/N] `)).trim())
      } finally {
        lines.close()
      }
    },
  }
}
