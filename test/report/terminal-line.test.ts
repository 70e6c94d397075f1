// Text in columns: wide characters count two, nothing is cut in two, lines break between words.
import fc from 'fast-check'
import stringWidth from 'string-width'
import { expect, it } from 'vitest'
import { unicodeLook } from '../../src/report/board-row.ts'
import { columnsOf, cutColumns, fitColumns, paintLine, wrapColumns } from '../../src/report/terminal-line.ts'

it('a cut text takes no more columns than allowed and ends in the mark', () => {
  expect([cutColumns('abcdef', 4), cutColumns('abc', 3), cutColumns('配额配额', 5), cutColumns('abc', 0)]).toEqual([
    'abc…',
    'abc',
    '配额…',
    '',
  ])
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(12), (text, columns) => {
      expect(columnsOf(cutColumns(text, columns))).toBeLessThanOrEqual(columns)
    }),
  )
})

it('what the board shows most is counted without looking at each character, and as wide as it is', () => {
  const known = [...Object.values(unicodeLook.glyphs), unicodeLook.mark, unicodeLook.dot, 'a', ' ', '~', ...'–—‘’“”']
  const others = ['配', '🙂', '\u0301', '\ufe0f', '\t', 'é']
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...known, ...others), { maxLength: 8 }), (pieces) => {
      expect(columnsOf(pieces.join(''))).toBe(stringWidth(pieces.join('')))
    }),
  )
})

it('a fitted text takes exactly its columns', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme-ascii' }),
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom('left', 'right'),
      (text, columns, align) => {
        expect(columnsOf(fitColumns(text, columns, align))).toBe(columns)
      },
    ),
  )
  expect([fitColumns('7', 3, 'right'), fitColumns('7', 3), fitColumns('abcd', 3)]).toEqual(['  7', '7  ', 'ab…'])
})

it('spans are cut together and leave no blanks at the end', () => {
  const spans = [{ text: 'one ', style: 'bold' as const }, { text: 'two three' }, { text: '   ' }]
  expect(paintLine(spans, { width: 8, colour: false })).toBe('one two…')
  expect(paintLine(spans, { width: 80, colour: false })).toBe('one two three')
  expect(paintLine(spans, { width: 80, colour: true })).toBe('\u001b[1mone \u001b[22mtwo three')
})

it('a text is wrapped between words; a word that is too long is cut', () => {
  expect(wrapColumns('one two three', 7)).toEqual(['one two', 'three'])
  expect(wrapColumns('a verylongword b', 6)).toEqual(['a', 'veryl…', 'b'])
})
