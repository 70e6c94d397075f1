// The box under a plan that waits -> whether an edit ticked it and did nothing else. Pure. Every other edit of a comment means nothing. Source: github-pitfalls P8.

/** The line as it is written. Not at the start of a line: nothing of ours is a command. */
export const approveBox = '- [ ] Approve the plan'

const ticked = /^- \[[xX]\] Approve the plan$/u

/** Whether the only difference is the box. Written on its page, a text ends its lines otherwise. */
export function isTicked(from: string, to: string): boolean {
  const [before, after] = [from, to].map((text) => text.replaceAll('\r\n', '\n').trimEnd().split('\n')) as [string[], string[]]
  const changed = after.flatMap((line, at) => (line === before[at] ? [] : [at]))
  const [at] = changed
  if (before.length !== after.length || changed.length !== 1 || at === undefined) return false
  return before[at] === approveBox && ticked.test(after[at] ?? '')
}
