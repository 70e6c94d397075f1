// What is read out of a specification, and what is asked when it cannot be built on.
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UserFault } from '../../src/fault.ts'
import { Feature } from '../../src/feature/feature.ts'
import { readSpec } from '../../src/feature/read-spec.ts'
import { numberedSpec, ratingSpec } from '../support/specifications.ts'

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

const textsOf = (text: string) => featureOf(text).requirements.map((requirement) => requirement.text)

describe('a terse specification with Go', () => {
  const feature = featureOf(ratingSpec)

  test('every declaration, statement and endpoint is a requirement, numbered in order', () => {
    expect(feature.requirements.map(({ id, text }) => `${id} ${text.split('\n')[0]}`)).toEqual([
      'R1 A buyer must be able to rate a call once.',
      'R2 Rated calls are never rated again.',
      'R3 Domain — package `internal/domain/rating`',
      'R4 type Stars int  // 1 to 5',
      'R5 func (s Stars) IsValid() bool',
      'R6 func ParseStars(s string) (Stars, error) // validation INVALID_STARS',
      'R7 type Rating struct { ID, CallID uuid.UUID; Stars Stars; At time.Time }',
      'R8 func New(callID uuid.UUID, stars Stars, at time.Time) (*Rating, error)',
      'R9 type Repository interface {',
      'R10 `repository.NewRatingRepository(db *pgxpool.Pool) *RatingRepository`',
      'R11 migration `migrations/<14 digits>_create_ratings.sql` (plain PostgreSQL; runs alone).',
      'R12 Conflict is an `AppError`.',
      'R13 Service — package `internal/service/rating`',
      'R14 `NewService(repo rating.Repository, logger *zap.Logger) Service`.',
      'R15 `Rate` logs a failing repository',
      'R16 it never retries.',
      'R17 API (`rest.Services.Rating`; mounted)',
      'R18 `POST /api/v1/calls/{callID}/rating` {"stars"} -> 201',
      'R19 `GET …` -> 200 `{"data":{…}}`',
      'R20 `GET …/history?limit=` -> 200.',
      'R21 Malformed -> 400 `INVALID_REQUEST`',
      'R22 else 500.',
    ])
  })

  test('a remark on the line below a declaration belongs to it', () => {
    expect(feature.requirements.find(({ id }) => id === 'R8')?.text).toMatch(/\n\/\/ validation: INVALID_CALL \(nil uuid\), INVALID_STARS$/)
  })

  test('types are the domain models, whole', () => {
    expect(feature.domainModels.map(({ name }) => name)).toEqual(['Stars', 'Rating', 'Repository'])
    expect(feature.domainModels[2]?.text).toContain('Find(ctx context.Context, callID uuid.UUID) (*Rating, error) // not_found\n}')
  })

  test('an ellipsis stands for the path before it, a query is not part of a path', () => {
    expect(feature.apiEndpoints.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /api/v1/calls/{callID}/rating',
      'GET /api/v1/calls/{callID}/rating',
      'GET /api/v1/calls/{callID}/rating/history',
    ])
    expect(feature.apiEndpoints[2]?.text).toBe('`GET …/history?limit=` -> 200.')
  })

  test('what is not wanted is listed, also when it is one line at the end of another section', () => {
    expect(feature.notWanted).toEqual(['cache', 'events (of any kind)', 'GraphQL'])
  })

  test('dependencies are those that types and packages show', () => {
    expect(feature.dependencies).toEqual([
      { from: 'Rating', to: 'Stars' },
      { from: 'Repository', to: 'Rating' },
      { from: 'internal/service/rating', to: 'internal/domain/rating' },
    ])
  })

  test('title, slug, overview and services are taken from their places', () => {
    expect(feature.title).toBe('Call Ratings (small example)')
    expect(feature.slug).toBe('call-ratings')
    expect(feature.overview).toContain('A buyer must be able to rate a call once.')
    expect(feature.serviceRequirements).toContain('it never retries.')
  })
})

describe('a numbered specification', () => {
  const feature = featureOf(numberedSpec)

  test('own numbers are kept, and beside them only what is binding counts', () => {
    expect(feature.requirements).toEqual([
      { id: 'FR-1', text: 'An account has a monthly quota of calls.', section: 'Requirements' },
      { id: 'FR-2', text: 'A call beyond the quota is refused with `QUOTA_EXCEEDED`.', section: 'Requirements' },
      { id: 'NFR-1', text: 'Latency; The check takes less than 1 ms at p99.; It is measured by a benchmark.', section: 'NFR-1: Latency' },
      { id: 'R1', text: 'The quota MUST NOT be readable by other accounts.', section: 'Security' },
    ])
  })

  test('planning talk asks for nothing, and what is out of scope is not asked for', () => {
    expect(JSON.stringify(feature.requirements)).not.toContain('Week 1')
    expect(feature.notWanted).toEqual(['Quotas per user', 'A user interface'])
  })

  test('dependencies keep their direction', () => {
    const title = 'Feature: Quota per Account'
    expect(feature.dependencies).toEqual([
      { from: title, to: 'Account service' },
      { from: title, to: 'billing' },
      { from: title, to: 'audit log' },
      { from: 'reporting', to: title },
    ])
  })

  test('standards are what a section about quality or a measure says', () => {
    expect(feature.qualityStandards).toEqual([
      'Latency; The check takes less than 1 ms at p99.; It is measured by a benchmark.',
      'The quota MUST NOT be readable by other accounts.',
    ])
  })
})

describe('endpoints', () => {
  test.each([
    ['a list', '# X\n\n- POST /api/v1/a — creates\n- `DELETE /api/v1/a/{id}`', ['POST /api/v1/a', 'DELETE /api/v1/a/{id}']],
    [
      'a table',
      '# X\n\n| Method | Path | What |\n|---|---|---|\n| GET | /api/v1/a | list |\n| `PUT` | `/api/v1/a/{id}` | change |',
      ['GET /api/v1/a', 'PUT /api/v1/a/{id}'],
    ],
    ['a code block', '# X\n\n```http\nGET  /a/b   # one\nPOST /a/b/  # two\n```', ['GET /a/b', 'POST /a/b']],
    ['YAML', '# X\n\n```yaml\nendpoints:\n  - method: PATCH\n    path: /a/{id}\n```', ['PATCH /a/{id}']],
    ['a sentence', '# X\n\nClients call `GET /a`, then POST /b. All must work.', ['GET /a', 'POST /b']],
    ['prose without a path', '# X\n\nGET requests and POST bodies must be logged.', []],
  ])('are found in %s', (_, text, expected) => {
    expect(featureOf(text).apiEndpoints.map(({ method, path }) => `${method} ${path}`)).toEqual(expected)
  })
})

describe('what counts as asked for', () => {
  test('a nested list under a colon is read item by item, led by its parent', () => {
    expect(textsOf('# X\n\n## Rules\n- Codes:\n  - sold is billable\n  - spam is not\n')).toEqual([
      'Codes: sold is billable',
      'Codes: spam is not',
    ])
  })

  test('a nested list under a sentence is part of it', () => {
    expect(textsOf('# X\n\n## Rules\n- Reject bad input\n  - empty\n  - too long\n')).toEqual(['Reject bad input; empty; too long'])
  })

  test('a text without sections is itself what is asked for', () => {
    expect(textsOf('# Block callers\n\nA buyer blocks a caller. Blocked callers get a busy tone.')).toHaveLength(2)
  })

  test('named entries of a YAML block are requirements and models', () => {
    const feature = featureOf(
      '# X\n\n## Domain Model\n\n```yaml\nentities:\n  - name: Consent\n    fields:\n      - ID uuid.UUID\n  - name: Kind\n    purpose: what it is\n```\n',
    )
    expect(feature.requirements.map(({ text }) => text)).toEqual(['name: Consent fields: - ID uuid.UUID', 'name: Kind purpose: what it is'])
    expect(feature.domainModels.map(({ name }) => name)).toEqual(['Consent', 'Kind'])
  })

  test('comments, code in other languages and empty templates ask for nothing', () => {
    expect(questionsOf('# X\n\n<!-- Describe the feature -->\n\n```sql\nSELECT 1\n```\n')).toHaveLength(1)
  })
})

describe('the text itself', () => {
  test('is pinned by the hash of exactly what was given', () => {
    const text = '\uFEFF# X\r\n\r\nCalls must be rated.\r\n'
    const feature = featureOf(text)
    expect(feature.spec).toEqual({ source: 'specs/x.md', text, hash: createHash('sha256').update(text).digest('hex') })
    expect(feature.requirements[0]?.text).toBe('Calls must be rated.')
  })

  test('a NUL or more than a megabyte is refused', () => {
    expect(() => read('# X\n\0')).toThrow(/NUL/)
    expect(() => read(`# X\n${'calls must be rated. '.repeat(60_000)}`)).toThrow(/1231 KB long; a specification may have 1024 KB/)
  })

  test('quotes nested by the thousand are refused in words', () => {
    expect(() => read('> '.repeat(8_000))).toThrow(UserFault)
  })

  test('the issue’s title wins over headings', () => {
    expect(featureOf('# Inner\n\nCalls must be rated.', 'Outer').title).toBe('Outer')
  })
})

test('whatever the text, reading gives a valid feature, questions or a fault, and never repeats an id', () => {
  const word = fc.constantFrom(
    '# ',
    '## Why\n',
    '- ',
    '1. ',
    'R1: ',
    'must ',
    '`',
    '|a|\n|-|\n',
    '```go\n',
    'type A struct {',
    '}',
    '\n\n',
    'POST /a ',
    '… ',
    'Not wanted: ',
    '(',
    ';',
    '. ',
    '---\n',
    'é',
    '<b>',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 40 }), (parts) => {
      const text = parts.join('')
      try {
        const { result } = readSpec({ text, source: 'a.md' })
        if (result.kind === 'questions') {
          expect(result.questions.length).toBeGreaterThan(0)
          return
        }
        const feature = Feature.parse(result.feature)
        const ids = feature.requirements.map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
        expect(feature.slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
        expect(feature.slug.length).toBeLessThanOrEqual(40)
      } catch (error) {
        if (!(error instanceof UserFault)) throw error
      }
    }),
    { numRuns: 500 },
  )
})
