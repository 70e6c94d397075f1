// The main job on code that nobody here wrote: modules as the module proxy has them, one of them in a subfolder beside another. Scripted model, all else real.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PlanAnswer } from '../../src/plan/plan.ts'
import { answerFrom } from '../support/scripted-answers.ts'
import { allBut, type Work, writeScript } from './quota-feature.ts'
import { openScene, runOf, type Scene } from './run-dce.ts'

/** Source of a module, or undefined when the proxy cannot be reached. */
function download(module: string): string | undefined {
  try {
    const answer = execFileSync('go', ['mod', 'download', '-json', module], { encoding: 'utf8', stdio: 'pipe', timeout: 60_000 })
    return (JSON.parse(answer) as { readonly Dir: string }).Dir
  } catch {
    return undefined
  }
}

function filesOf(root: string, under = ''): Readonly<Record<string, string>> {
  const entries = readdirSync(root, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    entries.map((entry) => {
      const absolute = join(entry.parentPath, entry.name)
      return [join(under, absolute.slice(root.length + 1)), readFileSync(absolute, 'utf8')]
    }),
  )
}

const uuid = download('github.com/google/uuid@v1.6.0')
const lru = download('github.com/hashicorp/golang-lru/v2@v2.0.7')
const arc = download('github.com/hashicorp/golang-lru/arc/v2@v2.0.7')
const isOffline = uuid === undefined || lru === undefined || arc === undefined

interface Piece {
  readonly specialist: string
  readonly wave: number
  readonly title: string
  readonly files: PlanAnswer['tasks'][number]['files']
  readonly contract?: string
}

function planOf(pieces: readonly Piece[], requirements: readonly string[]): PlanAnswer {
  const id = (piece: Piece) => `w${piece.wave}-${piece.specialist}`
  return {
    summary: 'Small work on a module that is there.',
    tasks: pieces.map((piece) => ({
      id: id(piece),
      specialist: piece.specialist,
      wave: piece.wave,
      title: piece.title,
      brief: 'As its neighbours do it.',
      files: piece.files,
      paths: [],
      needs: pieces.filter((other) => other.wave < piece.wave).map(id),
      acceptance: ['it compiles and its tests pass'],
      requirements: [...requirements],
      covers: [],
      integrates: false,
    })),
    contracts: pieces.flatMap((piece) =>
      piece.contract === undefined
        ? []
        : [{ task: id(piece), path: piece.files[0]?.path ?? '', kind: 'declare' as const, source: piece.contract }],
    ),
    due: [],
    benchmarks: [],
    modules: [],
    skipped: allBut(pieces.map((piece) => piece.specialist)),
    withoutTask: [],
    estimate: { turnsPerTask: 4, basis: 'two small files' },
  }
}

const spec = (title: string, requirement: string) => `# ${title}

## Overview
People who use this module ask for it.

## Requirements
- R1: ${requirement}
`

const short = `package uuid

import (
	"encoding/base64"
	"errors"
)

// ErrShort says that a text is not the short form of a UUID.
var ErrShort = errors.New("invalid short UUID")

// Short returns the 22 characters of URL-safe base64 that stand for uuid.
func (uuid UUID) Short() string {
	return base64.RawURLEncoding.EncodeToString(uuid[:])
}

// ParseShort reads what Short wrote.
func ParseShort(s string) (UUID, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != len(Nil) {
		return Nil, ErrShort
	}
	return FromBytes(b)
}
`

const shortTest = `package uuid

import (
	"errors"
	"testing"
)

func TestShort(t *testing.T) {
	u := MustParse("f47ac10b-58cc-0372-8567-0e02b2c3d479")
	got, err := ParseShort(u.Short())
	if err != nil || got != u {
		t.Fatalf("ParseShort(%q) = %v, %v", u.Short(), got, err)
	}
	if _, err := ParseShort("short"); !errors.Is(err, ErrShort) {
		t.Fatalf("a wrong text gave %v", err)
	}
}
`

const fill = `package arc

// Fill is how full the cache is, from 0 (empty) to 1.
func (c *ARCCache[K, V]) Fill() float64 {
	return float64(c.Len()) / float64(c.Cap())
}

// Cap is how many entries fit.
func (c *ARCCache[K, V]) Cap() int { return c.size }
`

const fillTest = `package arc

import "testing"

func TestFill(t *testing.T) {
	c, err := NewARC[int, int](4)
	if err != nil {
		t.Fatal(err)
	}
	c.Add(1, 1)
	if got := c.Fill(); got != 0.25 {
		t.Fatalf("Fill() = %v", got)
	}
}
`

const shortPlan = planOf(
  [
    {
      specialist: 'value-object-designer',
      wave: 1,
      title: 'The short form',
      files: [{ path: 'short.go', change: 'create', symbols: ['ErrShort', '(UUID).Short', 'ParseShort'] }],
      contract: 'package uuid\n\nvar ErrShort error\n\nfunc (uuid UUID) Short() string\nfunc ParseShort(s string) (UUID, error)\n',
    },
    {
      specialist: 'unit-test-engineer',
      wave: 5,
      title: 'Tests of the short form',
      files: [{ path: 'short_test.go', change: 'create', symbols: ['TestShort'] }],
    },
  ],
  ['R1'],
)

const fillPlan = planOf(
  [
    {
      specialist: 'entity-architect',
      wave: 1,
      title: 'How full a cache is',
      files: [{ path: 'arc/fill.go', change: 'create', symbols: ['(*ARCCache).Fill', '(*ARCCache).Cap'] }],
    },
    {
      specialist: 'unit-test-engineer',
      wave: 5,
      title: 'Its test',
      files: [{ path: 'arc/fill_test.go', change: 'create', symbols: ['TestFill'] }],
    },
  ],
  ['R1'],
)

const urnPlan = planOf(
  [{ specialist: 'entity-architect', wave: 1, title: 'Another URN', files: [{ path: 'uuid.go', change: 'edit', symbols: ['UUID'] }] }],
  ['R1'],
)

async function openForeign(files: Readonly<Record<string, string>>, specification: string, plan: PlanAnswer, solution: Work) {
  const script = { plan, ...writeScript(mkdtempSync(join(process.env['HOME'] ?? '', 'script-')), { solution, firstTry: {} }) }
  return openScene({ files, specification, answer: (request) => ({ content: answerFrom(script, request) }) })
}

/** What the run's branch has beside the base, and where the person's checkout stands. */
const changed = (scene: Scene, said: string) => scene.git('diff', '--name-only', `HEAD..dce/${runOf(said)}/pr`).split('\n')

describe.skipIf(isOffline)('a module that nobody here wrote (needs the Go module proxy)', () => {
  const scenes: Scene[] = []
  let whole: Scene
  let nested: Scene
  let broken: Scene

  beforeAll(async () => {
    if (uuid === undefined || lru === undefined || arc === undefined) return
    const files = filesOf(uuid)
    whole = await openForeign(
      files,
      spec('Short UUIDs', 'A UUID must have a short form of 22 characters that can be read back.'),
      shortPlan,
      {
        'w1-value-object-designer': { 'short.go': short },
        'w5-unit-test-engineer': { 'short_test.go': shortTest },
      },
    )
    nested = await openForeign(
      { ...filesOf(lru), ...filesOf(arc, 'arc') },
      spec('Fill of a cache', 'An ARC cache must say how full it is.'),
      fillPlan,
      { 'w1-entity-architect': { 'arc/fill.go': fill }, 'w5-unit-test-engineer': { 'arc/fill_test.go': fillTest } },
    )
    broken = await openForeign(files, spec('Another URN', 'A URN must begin with urn:id.'), urnPlan, {
      'w1-entity-architect': { 'uuid.go': (files['uuid.go'] ?? '').replace('copy(buf[:], "urn:uuid:")', 'copy(buf[:], "urn:guid:")') },
    })
    scenes.push(whole, nested, broken)
  }, 120_000)

  afterAll(async () => {
    for (const scene of scenes) await scene.close()
  })

  it('at the root of its repository gets its feature, and nothing else', async () => {
    const { code, said } = await whole.dce('run', whole.spec, '--repo', whole.repo, '--yes')
    expect(code, said).toBe(0)
    expect(changed(whole, said)).toEqual(['short.go', 'short_test.go'])
    expect(whole.git('status', '--porcelain')).toBe('')
    expect(whole.report(runOf(said), 'progress.md')).toMatch(/tests passed: 4\d/u)
    expect(whole.report(runOf(said), 'pull-request.md')).toContain('short.go')
  }, 180_000)

  it('in a subfolder, beside another module, is built and judged there', async () => {
    const { code, said } = await nested.dce('run', nested.spec, '--repo', nested.repo, '--output-dir', 'arc', '--yes')
    expect(code, said).toBe(0)
    expect(changed(nested, said)).toEqual(['arc/fill.go', 'arc/fill_test.go'])
  }, 180_000)

  it('whose behaviour the work breaks is red, names the test that says so, and asks', async () => {
    const { code, said } = await broken.dce('run', broken.spec, '--repo', broken.repo, '--quality', 'draft', '--yes')
    expect(said).toContain('red')
    expect(broken.report(runOf(said), 'failures.log')).toContain('TestCoding')
    expect(code, said).toBe(3)
  }, 180_000)
})
