// Which known word a misspelt one was probably meant to be.
import { expect, test } from 'vitest'
import { nearestWord } from '../src/nearest-word.ts'

test.each([
  ['efort', 'effort'],
  ['wirte', 'write'],
  ['Read', 'read'],
  ['leave_out_when', 'leave-out-when'],
  ['wav', 'wave'],
  ['tool', 'tools'],
])('%s is taken for %s', (word, meant) => {
  expect(nearestWord(word, ['name', 'wave', 'tools', 'effort', 'leave-out-when', 'read', 'write'])).toBe(meant)
})

test('what is like nothing known is taken for nothing', () => {
  expect(nearestWord('colour', ['name', 'wave', 'tools', 'effort'])).toBeUndefined()
  expect(nearestWord('opus', [])).toBeUndefined()
})

test('of two equally near the first is taken', () => {
  expect(nearestWord('fold', ['bold', 'cold'])).toBe('bold')
})
