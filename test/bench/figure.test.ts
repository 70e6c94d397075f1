// What the benchmark makes of its measurements: medians, bars, lines for people, programs and the table in docs/figures.md.
import { describe, expect, test } from 'vitest'
import { type Figure, figureJson, figureOf, figureRow, holds, median, sayFigure } from '../../bench/figure.ts'

const ratio = (samples: readonly number[]): Figure =>
  figureOf({ name: 'agents-25-wall', unit: 'times the bare loop', bar: { atMost: 1.15 }, samples, note: 'a | b' })

describe('the median', () => {
  test.each([
    [[3], 3],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[10, 9, 1], 9],
  ])('of %j is %d, whatever the order', (samples, expected) => {
    expect(median(samples)).toBe(expected)
  })

  test('of nothing is no number, and no bar is met by it', () => {
    expect(median([])).toBeNaN()
    expect(holds({ value: Number.NaN, bar: { atMost: 1 } })).toBe(false)
    expect(holds({ value: Number.NaN, bar: { atLeast: 1 } })).toBe(false)
  })
})

describe('a bar', () => {
  test('is met by the value that it names', () => {
    expect(holds({ value: 1.15, bar: { atMost: 1.15 } })).toBe(true)
    expect(holds({ value: 1.1501, bar: { atMost: 1.15 } })).toBe(false)
    expect(holds({ value: 90, bar: { atLeast: 90 } })).toBe(true)
    expect(holds({ value: 89.9, bar: { atLeast: 90 } })).toBe(false)
    expect(holds({ value: 1e9 })).toBe(true)
  })

  test('is compared with the measured value, not with the rounded one that is printed', () => {
    const figure = ratio([1.15004])
    expect(JSON.parse(figureJson(figure))).toMatchObject({ value: 1.15, holds: false })
  })
})

describe('a figure', () => {
  test('is one object on one line for a program', () => {
    const printed = figureJson(ratio([1.2, 1, 1.1]))
    expect(printed).not.toContain('\n')
    expect(JSON.parse(printed)).toEqual({
      name: 'agents-25-wall',
      value: 1.1,
      unit: 'times the bare loop',
      bar: { atMost: 1.15 },
      holds: true,
      samples: [1.2, 1, 1.1],
      note: 'a | b',
    })
    expect(JSON.parse(figureJson(figureOf({ name: 'x', unit: 'MB', samples: [1] })))).toMatchObject({ bar: null, holds: true })
  })

  test('says its spread and whether it holds', () => {
    expect(sayFigure(ratio([1.2, 1, 1.3]))).toContain('1.2 times the bare loop (1 to 1.3, 3 times) at most 1.15: DOES NOT HOLD')
    expect(sayFigure(ratio([1]))).toContain('1 times the bare loop at most 1.15: holds')
  })

  test('becomes a row of the table, made of what was printed', () => {
    expect(figureRow(figureJson(ratio([1.2, 1, 1.3])))).toBe(
      '| agents-25-wall | 1.2 (1 to 1.3) times the bare loop | at most 1.15 | **no** | a \\| b |',
    )
    expect(figureRow(figureJson(figureOf({ name: 'x', unit: 'MB', samples: [1] })))).toBe('| x | 1 MB |  |  |  |')
  })
})
