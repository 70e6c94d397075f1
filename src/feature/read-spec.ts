// The Markdown of a specification -> Feature and the run's options, or questions instead of a bill. Pure; what is read is data, never an instruction.
import { createHash } from 'node:crypto'
import { UserFault } from '../fault.ts'
import { readSections, type Section } from './blocks.ts'
import { type Endpoint, endpointsOf } from './endpoints.ts'
import type { Feature, FeatureResult } from './feature.ts'
import { splitFrontMatter } from './front-matter.ts'
import { readIssueForm } from './issue-form.ts'
import { questionsAbout } from './questions.ts'
import { requirementsOf } from './requirements.ts'
import { slugOf } from './slug.ts'
import { readOptions, type SpecOptions, type WrittenField } from './spec-options.ts'
import { componentsOf, dependenciesOf, domainModelsOf, firstOfEach, notWantedOf, overviewOf, qualityStandardsOf } from './spec-parts.ts'

/** A specification as it arrives. `source`: path or issue URL, named in faults; `title`: an issue's title, when it has one. */
export interface SpecSource {
  readonly text: string
  readonly source: string
  readonly title?: string
}

/** What reading gives. Options come from front matter and form and are laid over the repository's configuration. */
export interface ReadSpec {
  readonly result: FeatureResult
  readonly options: SpecOptions
}

/** GitHub's bodies end at 65,536 characters; a file that is larger than this is not a specification. */
export const maxSpecBytes = 1024 * 1024

/**
 * Reads a specification. The hash is over the exact text.
 * Errors: UserFault for a text that is none (binary, over 1 MB) and for wrong options, with the line; what is only unclear comes back as questions.
 */
export function readSpec(spec: SpecSource): ReadSpec {
  refuseNonText(spec)
  const parts = takeApart(spec)
  const sections = readSections(parts.body, parts.firstLine)
  const { options, contradictions } = readOptions(parts.fields)
  const { feature, repeated } = featureOf(spec, sections, parts.fields)
  const questions = [...contradictions, ...questionsAbout({ feature, sections, repeated })]
  return { options, result: questions.length > 0 ? { kind: 'questions', questions } : { kind: 'feature', feature } }
}

/** SHA-256 of a specification's exact text, hex: what pins it. */
export function specHash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

function refuseNonText({ text, source }: SpecSource): void {
  if (text.includes('\0')) {
    throw new UserFault({ problem: `${source} is not text: it holds a NUL character.`, hint: 'Give a Markdown file.' })
  }
  const bytes = Buffer.byteLength(text, 'utf8')
  if (bytes > maxSpecBytes) {
    throw new UserFault({
      problem: `${source} is ${Math.ceil(bytes / 1024)} KB long; a specification may have 1024 KB.`,
      hint: 'Keep what is to be built, and link the rest.',
    })
  }
}

interface Apart {
  readonly body: string
  readonly firstLine: number
  readonly fields: readonly WrittenField[]
}

/** Front matter and form around the body. A form's specification may have front matter of its own. */
function takeApart({ text, source }: SpecSource): Apart {
  const plain = text.replace(/^\uFEFF/u, '').replace(/\r\n?/gu, '\n')
  const form = readIssueForm(plain)
  if (form === undefined) return withoutFrontMatter(plain, 1, source)
  const blank = /^\s*\n/u.exec(form.spec)?.[0] ?? ''
  const inner = withoutFrontMatter(form.spec.slice(blank.length), form.firstLine + blank.split('\n').length - 1, source)
  return { ...inner, fields: [...inner.fields, ...form.fields] }
}

function withoutFrontMatter(text: string, firstLine: number, source: string): Apart {
  // A line of dashes without a field under it is a rule between paragraphs.
  if (!/^---[ \t]*\n(?:\s*#[^\n]*\n)*\s*[\w"'-]+[ \t]*:/u.test(text)) return { body: text, firstLine, fields: [] }
  const split = splitFrontMatter(text)
  if (split.kind === 'faulty') {
    throw new UserFault({
      problem: `${source} line ${split.line + firstLine - 1}: ${split.problem}: expected ${split.expected}, found ${split.found}.`,
      hint: split.fix,
    })
  }
  const fields = Object.entries(split.front.value).map(([name, value]) => ({
    name,
    value,
    line: split.front.lineOf(name) + firstLine - 1,
    where: 'the front matter',
  }))
  return { body: split.body, firstLine: split.bodyLine + firstLine - 1, fields }
}

function featureOf(
  spec: SpecSource,
  sections: readonly Section[],
  fields: readonly WrittenField[],
): { readonly feature: Feature; readonly repeated: ReturnType<typeof requirementsOf>['repeated'] } {
  const title = titleOf(spec, sections, fields)
  const endpoints = allEndpoints(sections)
  const { found, repeated } = requirementsOf(sections, endpoints)
  const domainModels = domainModelsOf(sections)
  const feature: Feature = {
    version: 1,
    title,
    slug: slugOf(title),
    spec: { source: spec.source, hash: specHash(spec.text), text: spec.text },
    overview: overviewOf(sections),
    requirements: found.map(({ id, text, section }) => ({ id, text, ...(section === undefined ? {} : { section }) })),
    domainModels,
    serviceRequirements: found.filter(({ kind }) => kind === 'service').map(({ text }) => text),
    apiEndpoints: endpoints.map(({ method, path, text }) => ({ method, path, text })),
    qualityStandards: qualityStandardsOf(found),
    dependencies: dependenciesOf({ sections, title, components: componentsOf(sections), models: domainModels }),
    notWanted: notWantedOf(sections),
  }
  return { feature, repeated }
}

function titleOf({ title, source }: SpecSource, sections: readonly Section[], fields: readonly WrittenField[]): string {
  const written = fields.find(({ name, value }) => /^(title|feature)$/iu.test(name) && typeof value === 'string')?.value
  const heading = sections.find((section) => section.depth === 1) ?? sections.find((section) => section.depth > 0)
  const file = source
    .split(/[/\\]/u)
    .at(-1)
    ?.replace(/\.\w+$/u, '')
  return [
    title,
    heading?.depth === 1 ? heading.title : undefined,
    typeof written === 'string' ? written : undefined,
    heading?.title,
    file,
    'feature',
  ]
    .map((candidate) => candidate?.replace(/\s+/gu, ' ').trim() ?? '')
    .find((candidate) => candidate !== '')!
}

function allEndpoints(sections: readonly Section[]): readonly Endpoint[] {
  let last = ''
  const all = sections.flatMap((section) => {
    const read = endpointsOf(section.blocks, last)
    last = read.last
    return read.endpoints
  })
  return firstOfEach(all, ({ method, path }) => `${method} ${path}`)
}
