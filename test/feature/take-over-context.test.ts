// A context that another tool left behind is taken over after the tree was asked whether it is so.
import { expect, test } from 'vitest'
import { UserFault } from '../../src/fault.ts'
import { writeFeatureContext } from '../../src/feature/feature-context.ts'
import { readSpec } from '../../src/feature/read-spec.ts'
import { type TakenOver, takeOverContext } from '../../src/feature/take-over-context.ts'
import { ratingSpec } from '../support/specifications.ts'

const context = '.claude/context/feature-context.yaml'
const plan = '.claude/context/implementation-plan.md'

/** A tree of these files; those without text exist and are empty. */
function tree(files: Readonly<Record<string, string>>): Parameters<typeof takeOverContext>[0] {
  return { files: new Set(Object.keys(files)), read: async (path) => files[path] }
}

function featureOf(taken: TakenOver) {
  if (taken.kind !== 'feature') throw new Error(`not taken over: ${JSON.stringify(taken)}`)
  return taken.feature
}

test('without a context there is nothing to take over', async () => {
  expect(await takeOverContext(tree({ 'go.mod': '' }))).toEqual({ kind: 'none' })
})

test('our own context comes back as it was', async () => {
  const { result } = readSpec({ text: ratingSpec, source: 'specs/ratings.md' })
  if (result.kind !== 'feature') throw new Error('not a feature')
  const taken = await takeOverContext(tree({ [context]: writeFeatureContext(result.feature) }))
  expect(taken).toEqual({ kind: 'feature', source: context, feature: result.feature, notSo: [] })
})

test('the shape `feature` gives title, overview, requirements and dependencies', async () => {
  const taken = await takeOverContext(
    tree({
      [context]: `feature:
  id: "parallel-consent"
  name: "Parallel Consent"
  description: "Check consent in parallel"
technical_requirements:
  - id: "perf-001"
    description: "Process 10,000 records a second"
    type: "performance"
  - id: "comp-001"
    description: "Validate for TCPA"
dependencies:
  - "rule-engine"
out_of_scope: [a user interface]
`,
    }),
  )
  expect(featureOf(taken)).toMatchObject({
    title: 'Parallel Consent',
    slug: 'parallel-consent',
    overview: 'Check consent in parallel',
    requirements: [
      { id: 'perf-001', text: 'Process 10,000 records a second; type: performance' },
      { id: 'comp-001', text: 'Validate for TCPA' },
    ],
    dependencies: [{ from: 'Parallel Consent', to: 'rule-engine' }],
    notWanted: ['a user interface'],
  })
})

test('the shape `feature_overview` gives models, services and endpoints, each asked for', async () => {
  const taken = await takeOverContext(
    tree({
      [context]: `feature_overview:
  id: "COMPLIANCE-003"
  name: "Immutable Audit"
domain_models:
  - name: AuditEvent
    fields: [ID, At]
service_requirements:
  AuditService: [append, read back]
api_endpoints:
  - method: get
    path: /api/v1/audit
  - "POST /api/v1/audit/export"
quality_standards: ["append under 1 ms"]
`,
    }),
  )
  const feature = featureOf(taken)
  expect(feature.domainModels.map(({ name }) => name)).toEqual(['AuditEvent'])
  expect(feature.serviceRequirements).toEqual(['AuditService: append', 'AuditService: read back'])
  expect(feature.apiEndpoints.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /api/v1/audit', 'POST /api/v1/audit/export'])
  expect(feature.qualityStandards).toEqual(['append under 1 ms'])
  expect(feature.requirements.map(({ id }) => id)).toEqual(['R1', 'R2', 'R3', 'R4', 'R5'])
})

// As the converter of that shape wrote it: the first field of an item stands too far right.
const manyFeatures = `context_metadata:
  generated_by: "bridge-converter"

features:
  -     id: "CONSENT"
    name: "Consent"
    source_spec: "../../.claude/planning/specs/consent.md"
  -     id: "AUDIT"
    name: "Audit"
    source_spec: "specs/audit.md"
`

test('the shape `features` asks which one, and takes the one that is named', async () => {
  const files = { [context]: manyFeatures, '.claude/planning/specs/consent.md': '# Consent\n\n- Calls must have consent.\n' }
  expect(await takeOverContext(tree(files))).toMatchObject({
    kind: 'questions',
    questions: [`${context} describes 2 features: Consent / CONSENT, Audit / AUDIT. Which one should be built?`],
  })
  const taken = await takeOverContext(tree(files), 'consent')
  expect(featureOf(taken)).toMatchObject({
    title: 'Consent',
    spec: { source: '.claude/planning/specs/consent.md' },
    requirements: [{ id: 'R1', text: 'Calls must have consent.' }],
  })
})

test('a named specification that is not there is said, and asked for', async () => {
  const taken = await takeOverContext(tree({ [context]: manyFeatures }), 'audit')
  expect(taken).toMatchObject({ kind: 'questions', notSo: ['feature.source_spec says that specs/audit.md exists; it does not.'] })
  expect(taken.kind === 'questions' && taken.questions[0]).toMatch(/The specification it names \(specs\/audit\.md\) is not in the tree/)
})

test('what only the context says is added to the specification it names', async () => {
  const taken = await takeOverContext(
    tree({
      [context]: 'feature:\n  name: A\n  source_spec: a.md\nrequirements: ["Calls must have consent.", "Consent must expire."]\n',
      'a.md': '# A\n\n- Calls must have consent.\n',
    }),
  )
  expect(featureOf(taken).requirements).toEqual([
    { id: 'R1', text: 'Calls must have consent.', section: 'A' },
    { id: 'R2', text: 'Consent must expire.' },
  ])
})

test('statements about files are held against the tree', async () => {
  const taken = await takeOverContext(
    tree({
      [context]: `feature: {name: A}
requirements: [Calls must have consent]
waves:
  wave_1:
    status: completed
    artifacts: [internal/domain/consent.go, internal/domain/there.go]
  wave_2:
    status: completed
    artifacts: []
files_to_create: [internal/domain/there.go, internal/new.go]
`,
      'internal/domain/there.go': '',
      [plan]:
        '# Implementation Plan\n\n- [x] Wrote `internal/service/consent.go`\n- [ ] Create internal/domain/there.go\n- [ ] Review internal/domain/there.go\n',
    }),
  )
  expect(taken.kind === 'feature' && taken.notSo).toEqual([
    'waves.wave_1.artifacts[0] says that internal/domain/consent.go exists; it does not.',
    'files_to_create[0] says that internal/domain/there.go is still to be created; it exists already.',
    'waves.wave_2 is said to be completed, but names no file.',
    'line 3 of the plan says that internal/service/consent.go exists; it does not.',
    'line 4 of the plan says that internal/domain/there.go is still to be created; it exists already.',
  ])
})

test('a plan alone is read as a specification', async () => {
  const taken = await takeOverContext(
    tree({ [plan]: '# Implementation Plan: Consent\n\n### Wave 1: Core\n- [ ] Create `internal/consent.go`\n- [x] Decide the names\n' }),
  )
  expect(featureOf(taken)).toMatchObject({
    slug: 'consent',
    requirements: [{ text: 'Create `internal/consent.go`' }, { text: 'Decide the names' }],
  })
})

test.each([
  ['no known shape', 'something: else\n', /has none of/],
  ['a feature without content', 'feature: Consent\n', /says nothing of what should be built/],
])('%s is a question', async (_, text, expected) => {
  const taken = await takeOverContext(tree({ [context]: text }))
  expect(taken.kind === 'questions' && taken.questions.join()).toMatch(expected)
})

test('a context that is no YAML is a fault', async () => {
  await expect(takeOverContext(tree({ [context]: 'a: [' }))).rejects.toBeInstanceOf(UserFault)
})
