// One line that a terminal shows as it is, whatever was in the text.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutText, plainLine, plainLines } from '../../src/report/plain-line.ts'

describe('a plain line', () => {
  it('has no escape sequence, no control and no direction character, and no line break', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(plainLine(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
      }),
    )
    expect(plainLine('a\u001b[31mred\u001b[0m\u001b]0;title\u0007b')).toBe('aredb')
    expect(plainLine('safe\u202Etxt.exe')).toBe('safetxt.exe')
  })

  it('keeps text of every script, with white space collapsed', () => {
    expect(plainLine('  größer\n\t als  配额 🎉 ')).toBe('größer als 配额 🎉')
  })

  it('is cut at its bound and never inside a character', () => {
    expect(cutText('abcdef', 4)).toBe('abc…')
    expect(cutText('abc', 3)).toBe('abc')
    expect(cutText('abc', 0)).toBe('')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, max) => {
        const cut = cutText(text, max)
        expect(cut.length).toBeLessThanOrEqual(max)
        expect(cut.isWellFormed() || !text.isWellFormed()).toBe(true)
      }),
    )
  })
})

it('the lines of a text are its lines, each without controls', () => {
  expect(plainLines('one\r\n\ttwo\u0007\n\nthree')).toEqual(['one', '  two', '', 'three'])
})
