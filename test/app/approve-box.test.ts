// A ticked box, and every other edit.
import { describe, expect, it } from 'vitest'
import { approveBox, isTicked } from '../../src/app/approve-box.ts'
import { commandsIn } from '../../src/app/commands-in.ts'

const text = `@ada The plan waits.\n\n${approveBox}\n\nGo on with: \`/dce approve\`\n\n<!-- dce-asks 1-abc approval  0 -->`
const ticked = text.replace('[ ]', '[x]')

describe('the box under a plan', () => {
  it('is ticked by an edit that changes nothing else, however its lines end', () => {
    expect(isTicked(text, ticked)).toBe(true)
    expect(isTicked(text, ticked.replaceAll('\n', '\r\n'))).toBe(true)
    expect(isTicked(text, text.replace('[ ]', '[X]'))).toBe(true)
  })

  it.each([
    ['nothing', text],
    ['another line too', ticked.replace('@ada', '@bob')],
    ['a line more', `${ticked}\n/dce approve`],
    ['the text of the box', ticked.replace('Approve the plan', 'Approve the plan and pay')],
    ['another line', text.replace('waits', 'waited')],
  ])('is not by one that changes %s', (_what, to) => {
    expect(isTicked(text, to)).toBe(false)
  })

  it('is not by taking a tick back, nor where there was none', () => {
    expect(isTicked(ticked, text)).toBe(false)
    expect(isTicked('- [ ] Do the dishes', '- [x] Do the dishes')).toBe(false)
    expect(isTicked('', '')).toBe(false)
  })

  it('is no command of ours', () => {
    expect(commandsIn(text)).toEqual([])
  })
})
