// The same sentence in a terminal and in a comment: a table.
import { describe, expect, it } from 'vitest'
import { asAdvice, inComment } from '../../src/report/in-comment.ts'
import { commandHelp, parseCommand, splitWords } from '../../src/run/parse-command.ts'

describe('in a comment', () => {
  it.each([
    ['dce resume --run 7-ab12cd', '/dce resume'],
    ['Then `dce retry wave-2 --run 7-ab12cd`.', 'Then `/dce retry wave-2`.'],
    [
      'dce retry w1-x --run 7-ab (--clean; or dce skip w1-x --reason "…" --run 7-ab)',
      '/dce retry w1-x (--clean; or /dce skip w1-x --reason "…")',
    ],
    ['`dce check-work` or `dce fix`', '`/dce check-work` or `/dce fix`'],
    ['For another: `dce run --new`.', 'For another: set the label again.'],
    ["dce run 'docs/my spec.md' --new", 'set the label again'],
    ['dce run issue-7.md', 'set the label again'],
    ['finished\nopen the pull request with: dce pr --run 7-ab\n', 'finished\n'],
    ['Look at `dce doctor`, then `dce resume`.', 'Look at `dce doctor`, then `/dce resume`.'],
    ['`/dce approve` stays, and so does a branch like dce/7-ab/pr.', '`/dce approve` stays, and so does a branch like dce/7-ab/pr.'],
    ['a dce run is going on', 'a dce run is going on'],
  ])('%s -> %s', (there, here) => expect(inComment(there)).toBe(here))

  it('every command that is named there is one of the grammar', () => {
    for (const { name } of commandHelp) {
      const said = inComment(`\`dce ${name} --run 7-ab12cd\``)
      expect(said).toBe(`\`/dce ${name}\``)
      const parsed = parseCommand(splitWords(said.slice(6, -1)))
      expect(parsed.kind === 'unknown' ? parsed.problem : '').not.toContain('There is no command')
    }
  })

  it('advice is code only where it is a command', () => {
    expect(asAdvice('dce budget +5 --run 7-ab')).toBe('`/dce budget +5`')
    expect(asAdvice('dce run x.md --new')).toBe('set the label again')
  })
})
