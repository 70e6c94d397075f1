// Calls and their results -> whether a conversation turns in circles: the same call with the same result, while nothing changed in between.
import type { ToolAnswer } from '../world.ts'

/** Told at the third time, ended at the sixth. Chosen: reading a file twice, or testing again after nothing changed, is normal. */
const warnAt = 3
const endAt = 6

/** What is remembered of one conversation. */
export interface Repeats {
  /** Counts a call. Answers what the model gets: with a warning from the third time on. */
  count<Ending>(call: { readonly name: string; readonly input: unknown }, answer: ToolAnswer<Ending>): ToolAnswer<Ending>
  /** The files changed, or older results were dropped: doing the same again makes sense. */
  forget(): void
  isLoop(): boolean
}

/** A new count. */
export function countRepeats(): Repeats {
  const times = new Map<string, number>()
  return {
    count: (call, answer) => {
      const name = JSON.stringify([call.name, call.input, answer.text])
      const now = (times.get(name) ?? 0) + 1
      times.set(name, now)
      if (now < warnAt) return answer
      return { ...answer, text: `${answer.text}\n[the same call gave the same result ${now} times; do something else]` }
    },
    forget: () => times.clear(),
    isLoop: () => Math.max(0, ...times.values()) >= endAt,
  }
}
