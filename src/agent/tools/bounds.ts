// Long output -> what an agent gets of it: bounded, saying what was cut and how to see more.

/** Most characters of one tool result. Chosen: about 7,000 tokens; a file of 600 lines fits. */
export const maxResultCharacters = 24_000

/** The first and the last part of a text that is too long, with what was cut between. */
export function bound(text: string, hint: string, max = maxResultCharacters): string {
  if (text.length <= max) return text
  const half = Math.floor(max / 2)
  return `${text.slice(0, half)}\n[… ${text.length - 2 * half} characters cut. ${hint}]\n${text.slice(-half)}`
}

/** The first items of a list that is too long, with the count of the rest. */
export function boundLines(lines: readonly string[], max: number, hint: string): string {
  if (lines.length <= max) return lines.join('\n')
  return `${lines.slice(0, max).join('\n')}\n[… ${lines.length - max} more. ${hint}]`
}
