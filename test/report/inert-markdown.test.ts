// Foreign text in Markdown shows what it is and does nothing, held by parsing it back with a real Markdown parser.
import fc from 'fast-check'
import type { Nodes, Root } from 'mdast'
import { toString as textOf } from 'mdast-util-to-string'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { describe, expect, it } from 'vitest'
import { defuse, inert, inertCode, inertQuote, table } from '../../src/report/inert-markdown.ts'
import { plainLine } from '../../src/report/plain-line.ts'

const parse = (markdown: string): Root => unified().use(remarkParse).use(remarkGfm).parse(markdown)

function typesIn(node: Nodes): readonly string[] {
  return [node.type, ...('children' in node ? node.children.flatMap(typesIn) : [])]
}

/** Text that is likely to mean something in Markdown or to GitHub. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '`',
        '``',
        '*',
        '**',
        '_',
        '~~',
        '[',
        ']',
        '(x)',
        '](http://x.y)',
        '![',
        '<',
        '>',
        '&lt;',
        '<b>',
        '<!--',
        '|',
        '\\',
        '$',
        '$$',
        '# ',
        '- ',
        '+ ',
        '1. ',
        '2) ',
        '> ',
        '---',
        '===',
        ':::',
        '\n',
        '\n\n',
        '    ',
        '\t',
      ),
      fc.constantFrom(
        '@someone',
        '@org/team',
        'Fixes #1',
        'closes GH-12',
        'resolves owner/repo#3',
        'https://github.com/o/r/issues/4',
        'www.evil.example',
        'me@evil.example',
        '@',
        'http://a.b',
      ),
      fc.string({ maxLength: 4 }),
      fc.lorem({ maxCount: 2 }),
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(''))

const asRead = (text: string) => defuse(plainLine(text, 300))

describe('inert text', () => {
  it('is one paragraph of plain text that reads as what it was, whatever it holds', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const root = parse(inert(text))
        expect(new Set(typesIn(root))).toEqual(new Set(asRead(text) === '' ? ['root'] : ['root', 'paragraph', 'text']))
        expect(textOf(root)).toBe(asRead(text))
      }),
      { numRuns: 500 },
    )
  })

  it('stays plain text as an item of a list', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const types = typesIn(parse(`- ${inert(`x${text}`)}`))
        expect(new Set(types)).toEqual(new Set(['root', 'list', 'listItem', 'paragraph', 'text']))
      }),
      { numRuns: 300 },
    )
  })

  it('cannot break the row of a table, nor can code', () => {
    fc.assert(
      fc.property(fc.array(nasty, { minLength: 1, maxLength: 4 }), (texts) => {
        const rows = texts.map((text) => [inert(text), inertCode(text)])
        const root = parse(table(['a', 'b'], rows).join('\n'))
        const [found] = root.children
        expect(root.children.map((child) => child.type)).toEqual(['table'])
        expect(found?.type === 'table' ? found.children.map((row) => row.children.length) : []).toEqual(Array(texts.length + 1).fill(2))
      }),
      { numRuns: 300 },
    )
  })

  it.each(['|', '\\|', '\\\\|', '\\\\\\|', '||'])('keeps %s in one cell, as text and as code', (text) => {
    const [found] = parse(table(['a', 'b'], [[inert(text), inertCode(text)]]).join('\n')).children
    expect(found?.type === 'table' ? found.children.map((row) => row.children.length) : []).toEqual([2, 2])
  })
})

describe('what GitHub acts upon', () => {
  const acting = /(?:@(?!\u200b))|(?:#\d)|(?:(?<![a-z\d])gh-\d)|(?:\w:\/\/)|(?:www\.)/iu

  it.each([
    ['a closing keyword', 'Fixes #1'],
    ['a closing keyword with a colon', 'resolved: #12'],
    ['a reference to another repository', 'closes owner/repo#3'],
    ['the old form of a reference', 'Closes gh-7'],
    ['the address of an issue', 'fixes https://github.com/o/r/issues/4'],
    ['a mention', 'thanks @octocat and @org/team'],
    ['an address of mail', 'write to me@example.invalid'],
    ['a host behind an underscore', '_www.example.invalid'],
  ])('%s is broken in text, in code and in titles', (_, text) => {
    for (const made of [inert(text), inertCode(text), inertQuote(text, 200), defuse(text)]) {
      expect(made).not.toMatch(acting)
      expect(
        made
          .replaceAll('\u200b', '')
          .replace(/[\\`>]/gu, '')
          .trim(),
      ).toBe(text)
    }
  })

  it('is never left over, whatever the text', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(inert(text)).not.toMatch(acting)
        expect(inertCode(text)).not.toMatch(acting)
      }),
      { numRuns: 500 },
    )
  })
})

describe('code', () => {
  it('is one code span whatever backticks it holds', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        fc.pre(asRead(text) !== '')
        const types = typesIn(parse(inertCode(text)))
        expect(new Set(types)).toEqual(new Set(['root', 'paragraph', 'inlineCode']))
      }),
      { numRuns: 300 },
    )
  })

  it('leaves paths and symbols as they are', () => {
    expect(inertCode('internal/domain/quota.go:(*Quota).Charge')).toBe('`internal/domain/quota.go:(*Quota).Charge`')
  })
})

it('a quote keeps the lines of a text, cut at its bound, and no line of it begins anything', () => {
  expect(inertQuote('# Title\n\n- one\n/dce approve', 200)).toBe('> \\# Title\n>\n> \\- one\n> /dce approve')
  const types = new Set(typesIn(parse(inertQuote('# a\n```\ncode\n***\n1. x\n| a | b |\n|---|---|', 500))))
  expect(types).toEqual(new Set(['root', 'blockquote', 'paragraph', 'text']))
  expect(inertQuote('abcdef', 4)).toBe('> abc…')
})
