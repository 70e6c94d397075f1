// What a specification says of its own run by front matter and form, and what is asked when it cannot be built on.
import { describe, expect, test } from 'vitest'
import { UserFault } from '../../src/fault.ts'
import type { Feature } from '../../src/feature/feature.ts'
import { readSpec } from '../../src/feature/read-spec.ts'

const read = (text: string, title?: string) => readSpec({ text, source: 'specs/x.md', ...(title === undefined ? {} : { title }) })

function featureOf(text: string, title?: string): Feature {
  const { result } = read(text, title)
  if (result.kind === 'questions') throw new Error(`asked instead of read: ${result.questions.join(' ')}`)
  return result.feature
}

function questionsOf(text: string): readonly string[] {
  const { result } = read(text)
  return result.kind === 'questions' ? result.questions : []
}

describe('questions instead of a bill', () => {
  test.each([
    ['an empty text', '  \n', /The specification is empty\. What should be built\?/],
    ['only a title', '# Blocklist\n', /"Blocklist" is a title without a text\. What should be built\?/],
    ['a topic without a verb', '# Blocklist\n\nBuyer blocklist.\n', /Nothing in "Blocklist" says what should be built/],
    [
      'only what is not wanted',
      '# Blocklist\n\n## Out of scope\n- cache\n- events\n',
      /what is not wanted \(cache, events\), but not what is/,
    ],
    [
      'one number for two requirements',
      '# X\n\n- R1: a must be\n- R2: b must be\n- R1: c must be\n',
      /R1 is the number of 2 different requirements \(lines 3, 5\)/,
    ],
    ['a place left open', '# X\n\n## API\n- POST /a must answer 201\n- Errors: TBD\n', /Line 5 \(API\) says only "Errors: TBD"/],
  ])('%s', (_, text, expected) => {
    expect(questionsOf(text).join('\n')).toMatch(expected)
  })

  test('two places that say different things about one option', () => {
    const text = '### Specification\n\n---\nquality_level: draft\n---\nCalls must be rated.\n\n### Quality level\n\nproduction (default)\n'
    expect(questionsOf(text)).toEqual(['`quality_level` is draft in the front matter and production in the issue form. Which one holds?'])
  })
})

describe('front matter', () => {
  const body = '\n# X\n\nCalls must be rated.\n'

  test('gives the options of the run and does not become text', () => {
    const { options, result } = read(
      `---\noutput_dir: ./services/a/\nexecution_mode: sequential\nquality_level: draft\nbudget_usd: 5\npriority: high\n---\n${body}`,
    )
    expect(options).toEqual({ output_dir: 'services/a', execution_mode: 'sequential', quality_level: 'draft', budget_usd: 5 })
    expect(result.kind === 'feature' && result.feature.requirements.map(({ text }) => text)).toEqual(['Calls must be rated.'])
  })

  test.each([
    ['an unknown field', 'qualty_level: draft', /`qualty_level` is not an option.*line 2.*Did you mean `quality_level`\?/],
    [
      'a wrong value',
      'quality_level: prodution',
      /`quality_level` must be one of draft, production, bulletproof, got "prodution".*line 2.*Did you mean `production`\?/,
    ],
    ['a folder outside', 'output_dir: ../other', /`output_dir` must be a folder of the repository/],
    ['an absolute folder', 'output_dir: /etc', /`output_dir` must be a folder of the repository/],
    ['no money', 'budget_usd: 0', /`budget_usd` must be an amount in US dollars/],
    ['what only the repository may say', 'allowed_hosts: [evil.example]', /cannot be set by a specification.*Set it in \.github\/dce\.yml/],
    ['no YAML', 'a: [', /not YAML/],
  ])('%s is a fault with its line', (_, line, expected) => {
    expect(() => read(`---\n${line}\n---\n${body}`)).toThrow(expected)
    expect(() => read(`---\n${line}\n---\n${body}`)).toThrow(UserFault)
  })

  test('a rule between paragraphs is not front matter', () => {
    expect(featureOf('---\n\nCalls must be rated.\n\n---\n\nOnce.').requirements[0]?.text).toBe('Calls must be rated.')
  })

  test('a title there names a text that has none', () => {
    expect(featureOf('---\nfeature: Ratings\n---\nCalls must be rated.').title).toBe('Ratings')
  })
})

describe('an issue made from the form', () => {
  const form =
    '### Specification\n\n## Rules\n- Calls must be rated.\n\n### Budget\nWe have no money for more.\nReally.\n\n### Output folder\n\n_No response_\n\n### Execution mode\n\nparallel\n\n### Budget (US dollars)\n\n$12.50\n'

  test('gives specification and options; a field without an answer is not given', () => {
    const { options, result } = read(form, 'Ratings')
    expect(options).toEqual({ execution_mode: 'parallel', budget_usd: 12.5 })
    expect(result).toMatchObject({
      kind: 'feature',
      feature: { title: 'Ratings', requirements: [{ id: 'R1', text: 'Calls must be rated.' }, {}, {}] },
    })
  })

  test('a heading of the specification that is called like a field stays in the specification', () => {
    expect(featureOf(form).requirements.map(({ text }) => text)).toContain('We have no money for more.')
  })

  test('a field left empty where the specification should be is a question', () => {
    expect(questionsOf('### Specification\n\n_No response_\n\n### Execution mode\n\nadaptive\n')).toHaveLength(1)
  })
})
