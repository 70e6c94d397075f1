// A specialist's prompt -> what is wrong with its headings, length and wording. Pure.
import { nearestWord } from '../nearest-word.ts'
import { promptHeadings, type SpecialistFault } from './specialist.ts'

/** Bounds of a prompt. Chosen by taste: under 80 words it tells a model nothing it does not know; it is paid for on every run, hence the upper end. */
export const promptBounds = { minWords: 80, maxCharacters: 6_000 } as const

type Finding = Omit<SpecialistFault, 'file'>

/** All faults of one prompt, in no order. `bodyLine`: the line of the file on which the prompt begins. */
export function lintPrompt(prompt: string, bodyLine: number): readonly Finding[] {
  const findings = [...headingFindings(prompt), ...lengthFindings(prompt), ...placeholderFindings(prompt)]
  return findings.map((finding) => ({ ...finding, line: bodyLine + finding.line }))
}

interface Heading {
  readonly text: string
  /** Lines after the prompt's first, as in every finding of this file. */
  readonly line: number
  readonly isEmpty: boolean
}

function headingFindings(prompt: string): readonly Finding[] {
  const headings = headingsOf(prompt)
  return promptHeadings.flatMap((wanted) => {
    const [first, second] = headings.filter((each) => each.text === wanted)
    if (first === undefined) return [missingHeading(wanted, headings)]
    const expected = `\`## ${wanted}\` once, with text below`
    if (second !== undefined) {
      return [{ line: second.line, problem: `section \`${wanted}\` stands twice`, expected, found: 'a second one', fix: 'Merge the two.' }]
    }
    if (!first.isEmpty) return []
    return [{ line: first.line, problem: `section \`${wanted}\` is empty`, expected, found: 'no text', fix: 'Write what it has to know.' }]
  })
}

function missingHeading(wanted: string, headings: readonly Heading[]): Finding {
  const expected = `a line \`## ${wanted}\``
  const meant = headings.find((each) => nearestWord(each.text, [wanted]) !== undefined)
  if (meant !== undefined) {
    return {
      line: meant.line,
      problem: 'a heading is spelt otherwise',
      expected,
      found: `\`## ${meant.text}\``,
      fix: `Write \`## ${wanted}\`.`,
    }
  }
  const found = headings.length === 0 ? 'no headings' : headings.map((each) => each.text).join(', ')
  return { line: 0, problem: `section \`${wanted}\` is missing`, expected, found, fix: 'Add the line and its text.' }
}

/** Second-level headings outside code fences. */
function headingsOf(prompt: string): readonly Heading[] {
  const said = withoutCode(prompt).split('\n')
  const written = prompt.split('\n')
  const at = said.flatMap((line, index) => (/^## /.test(line) ? [index] : []))
  return at.map((line, order) => ({
    text: said[line]!.slice(3).trim(),
    line,
    isEmpty: written.slice(line + 1, at[order + 1] ?? written.length).every((below) => below.trim() === ''),
  }))
}

/** Code in fences and backticks blanked out, lines kept: what stands there is quoted, not said. */
function withoutCode(prompt: string): string {
  const blank = (code: string) => code.replace(/[^\n]/g, ' ')
  return prompt.replace(/^```[\s\S]*?^```/gm, blank).replace(/`[^`\n]*`/g, blank)
}

function lengthFindings(prompt: string): readonly Finding[] {
  const { minWords, maxCharacters } = promptBounds
  const words = wordCount(prompt)
  const tooShort: Finding = {
    line: 0,
    problem: 'the prompt is too short',
    expected: `at least ${minWords} words`,
    found: `${words}`,
    fix: 'Say what is special about this work.',
  }
  const tooLong: Finding = {
    line: 0,
    problem: 'the prompt is too long',
    expected: `at most ${maxCharacters} characters`,
    found: `${prompt.length}`,
    fix: 'Shorten it: every turn of every run carries it.',
  }
  return [...(words < minWords ? [tooShort] : []), ...(prompt.length > maxCharacters ? [tooLong] : [])]
}

/** Words of a text, split at white space. */
function wordCount(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length
}

const placeholder = /\b(TODO|FIXME|XXX|TBD)\b|\blorem ipsum\b|\{\{[^}\n]*\}\}/i

function placeholderFindings(prompt: string): readonly Finding[] {
  const fix = 'Write it out; a word that is meant literally goes in backticks.'
  return withoutCode(prompt)
    .split('\n')
    .flatMap((text, line) => {
      const found = placeholder.exec(text)?.[0]
      if (found === undefined) return []
      return [{ line, problem: 'a placeholder stands in the prompt', expected: 'finished text', found: `\`${found}\``, fix }]
    })
}
