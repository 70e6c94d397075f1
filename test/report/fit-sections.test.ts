// A text of bounded length: long sections give way first, and say what is missing and where it is.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitSections, type Section } from '../../src/report/fit-sections.ts'

const section = (heading: string, items: readonly string[], fixed: readonly string[] = []): Section => ({
  heading,
  fixed,
  items,
  noun: 'row',
})
const bounds = (maxChars: number) => ({ maxChars, fullText: '`progress.md`' })

describe('sections', () => {
  it('that fit stay whole; empty ones are left out', () => {
    expect(fitSections([section('## A', ['- a'], ['text', '']), section('## B', []), section('## C', ['- c'])], bounds(1_000))).toBe(
      '## A\n\ntext\n\n- a\n\n## C\n\n- c',
    )
  })

  it('that are long lose items from their end, and say how many and where all of it is; short ones stay whole', () => {
    const long = Array.from({ length: 100 }, (_, index) => `- item ${index}`)
    const text = fitSections([section('## Long', long), section('## Short', ['- only one'])], bounds(600))
    expect(text.length).toBeLessThanOrEqual(600)
    expect(text).toContain('- item 0\n')
    expect(text).toContain('- only one')
    const shown = text.split('\n').filter((line) => line.startsWith('- item')).length
    expect(text).toContain(`*${100 - shown} rows of 100 left out here; all of it is in \`progress.md\`.*`)
    expect(shown).toBeGreaterThan(20)
  })

  it('share what room there is: two long ones get as much as each other', () => {
    const long = Array.from({ length: 200 }, (_, index) => `- item ${String(index).padStart(3, '0')}`)
    const [first = '', second = ''] = fitSections([section('## A', long), section('## B', long)], bounds(2_000)).split('## B')
    expect(Math.abs(first.length - second.length)).toBeLessThan(40)
  })

  it('whose fixed text alone is too long are cut with a note', () => {
    const text = fitSections([section('## A', [], ['x'.repeat(500)])], bounds(200))
    expect(text.length).toBeLessThanOrEqual(200)
    expect(text).toMatch(/…\n\n\*Cut here; all of it is in `progress\.md`\.\*$/u)
  })

  it('never exceed the bound, and lose nothing that would have fitted', () => {
    const items = fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { maxLength: 30 })
    fc.assert(
      fc.property(fc.array(items, { maxLength: 6 }), fc.integer({ min: 200, max: 3_000 }), (lists, max) => {
        const sections = lists.map((list, index) => section(`## ${index}`, list))
        const text = fitSections(sections, bounds(max))
        expect(text.length).toBeLessThanOrEqual(max)
        const whole = fitSections(sections, bounds(Number.MAX_SAFE_INTEGER))
        if (whole.length <= max) expect(text).toBe(whole)
      }),
    )
  })
})
