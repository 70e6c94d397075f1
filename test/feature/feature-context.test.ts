// A feature survives its file; a file that was changed by hand does not pass for one.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UserFault } from '../../src/fault.ts'
import type { Feature } from '../../src/feature/feature.ts'
import { readFeatureContext, writeFeatureContext } from '../../src/feature/feature-context.ts'
import { readSpec, specHash } from '../../src/feature/read-spec.ts'
import { numberedSpec, ratingSpec } from '../support/specifications.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'a: b',
    '- x',
    '# no',
    'null',
    '~',
    '1e3',
    ' lead',
    'trail ',
    'a\r\nb',
    '\u2028',
    '---',
    '...',
    '|',
    '*a',
    '&b',
    '%',
    '@',
    '`',
    '\t',
    'yes',
    '"',
    "'",
    '\u0085',
    '\uFEFF',
  ),
  fc.array(fc.constantFrom('\n', ' ', 'a', '#', ':', '\t', '-')).map((parts) => parts.join('')),
)
const list = fc.array(text, { maxLength: 4 })

const anyFeature: fc.Arbitrary<Feature> = fc.record({
  version: fc.constant(1 as const),
  title: text,
  slug: text,
  spec: fc.record({ source: text, text }).map((spec) => ({ ...spec, hash: specHash(spec.text) })),
  overview: text,
  requirements: fc.array(fc.record({ id: text, text, section: text }, { requiredKeys: ['id', 'text'] }), { maxLength: 4 }),
  domainModels: fc.array(fc.record({ name: text, text }), { maxLength: 3 }),
  serviceRequirements: list,
  apiEndpoints: fc.array(fc.record({ method: text, path: text, text }), { maxLength: 3 }),
  qualityStandards: list,
  dependencies: fc.array(fc.record({ from: text, to: text }), { maxLength: 3 }),
  notWanted: list,
})

test('whatever a feature holds, it is read back as it was', () => {
  fc.assert(
    fc.property(anyFeature, (feature) => {
      expect(readFeatureContext(writeFeatureContext(feature))).toEqual(feature)
    }),
    { numRuns: 300 },
  )
})

test.each([ratingSpec, numberedSpec])('a specification’s feature is readable YAML with the names of the seed’s parts', (spec) => {
  const { result } = readSpec({ text: spec, source: 'specs/a.md' })
  if (result.kind !== 'feature') throw new Error('not a feature')
  const file = writeFeatureContext(result.feature)
  for (const key of ['overview', 'domain_models', 'service_requirements', 'api_endpoints', 'quality_standards', 'dependencies']) {
    expect(file).toMatch(new RegExp(`^${key}:`, 'm'))
  }
  expect(readFeatureContext(file)).toEqual(result.feature)
})

const written = writeFeatureContext({
  version: 1,
  title: 'T',
  slug: 't',
  spec: { source: 's.md', text: 'Calls must be rated.\n', hash: specHash('Calls must be rated.\n') },
  overview: '',
  requirements: [],
  domainModels: [],
  serviceRequirements: [],
  apiEndpoints: [],
  qualityStandards: [],
  dependencies: [],
  notWanted: [],
})

test.each([
  ['a changed text', written.replace('must be', 'may be'), /not the one its hash was made of/],
  ['a missing field', written.replace(/^title: T\n/m, ''), /title/],
  ['a strange field', `${written}extra: 1\n`, /version 1/],
  ['no YAML', 'a: [', /is not YAML/],
  ['another version', written.replace('version: 1', 'version: 2'), /version/],
])('%s is a fault in words', (_, file, expected) => {
  expect(() => readFeatureContext(file)).toThrow(expected)
  expect(() => readFeatureContext(file)).toThrow(UserFault)
})
