// A tiny Go module, a specification, a plan and its solution: the smallest feature that has two waves, contracts, a red gate and a repair.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageRoot } from '../../src/cli/package-root.ts'
import type { PlanAnswer } from '../../src/plan/plan.ts'

/** The repository before the run. */
export const repository: Readonly<Record<string, string>> = {
  'go.mod': 'module example.test/shop\n\ngo 1.21\n',
  'cmd/app/main.go': '// Command app runs the shop.\npackage main\n\nfunc main() {}\n',
}

/** What is asked for. */
export const specification = `# Call quotas

## Overview
Buyers limit how many calls they take in a day.

## Requirements
- R1: A quota has a buyer and a positive limit; another limit must be refused.
- R2: A quota must count consumed calls and refuse more than the limit.
- R3: The program must use a quota.
`

const quota = (comparison: string) => `// Package quota limits calls of buyers.
package quota

import "errors"

// ErrExceeded says that the limit is reached.
var ErrExceeded = errors.New("quota exceeded")

// ErrLimit says that a limit is not positive.
var ErrLimit = errors.New("limit must be positive")

// Quota is a buyer's daily limit.
type Quota struct {
	Buyer string
	Limit int
	Used  int
}

// New makes a quota.
func New(buyer string, limit int) (*Quota, error) {
	if limit <= 0 {
		return nil, ErrLimit
	}
	return &Quota{Buyer: buyer, Limit: limit}, nil
}

// Consume counts one call.
func (q *Quota) Consume() error {
	if q.Used ${comparison} q.Limit {
		return ErrExceeded
	}
	q.Used++
	return nil
}
`

const quotaTest = `package quota

import "testing"

func TestConsume(t *testing.T) {
	q, err := New("b", 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Consume(); err != nil {
		t.Fatal(err)
	}
	if err := q.Consume(); err == nil {
		t.Fatal("a second call was accepted")
	}
}
`

const describe = `package quota

import "fmt"

// Describe says what a quota allows.
func Describe(q *Quota) string { return fmt.Sprintf("%s: %d of %d", q.Buyer, q.Used, q.Limit) }
`

const main = `// Command app runs the shop.
package main

import (
	"fmt"
	"log"

	"example.test/shop/internal/quota"
)

func main() {
	q, err := quota.New("acme", 3)
	if err != nil {
		log.Fatal(err)
	}
	if err := q.Consume(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(quota.Describe(q))
}
`

/** What each task ends with. */
export const solution: Work = {
  'w1-entity-architect': { 'internal/quota/quota.go': quota('>='), 'internal/quota/quota_test.go': quotaTest },
  'w1-domain-service-designer': { 'internal/quota/describe.go': describe },
  'w4-rest-api-builder': { 'cmd/app/main.go': main },
}

/** The first attempt of the entity task counts one call too many: its own test finds it after the merge. */
export const firstTry: Work = {
  'w1-entity-architect': { 'internal/quota/quota.go': quota('>') },
}

/** Every specialist that a plan leaves out, with a reason. */
export function allBut(used: readonly string[]): PlanAnswer['skipped'] {
  return readdirSync(join(packageRoot(), 'specialists'))
    .filter((name) => /^\d-/u.test(name))
    .map((name) => name.slice(2, -3))
    .filter((name) => name !== 'foundation-analyst' && !used.includes(name))
    .map((specialist) => ({ specialist, reason: 'The feature has no work for it.' }))
}

/** The plan as the planner answers it. */
export function planAnswer(): PlanAnswer {
  const common = { brief: 'Build it as the contract says.', paths: [], acceptance: ['it compiles and its tests pass'], covers: [] }
  return {
    summary: 'A quota, what it says of itself, and its use.',
    tasks: [
      {
        ...common,
        id: 'w1-entity-architect',
        specialist: 'entity-architect',
        wave: 1,
        title: 'The quota',
        files: [
          { path: 'internal/quota/quota.go', change: 'create', symbols: ['Quota', 'New', 'Quota.Consume'] },
          { path: 'internal/quota/quota_test.go', change: 'create', symbols: ['TestConsume'] },
        ],
        needs: [],
        requirements: ['R1', 'R2'],
        integrates: false,
      },
      {
        ...common,
        id: 'w1-domain-service-designer',
        specialist: 'domain-service-designer',
        wave: 1,
        title: 'What a quota says',
        files: [{ path: 'internal/quota/describe.go', change: 'create', symbols: ['Describe'] }],
        needs: [],
        requirements: ['R2'],
        integrates: false,
      },
      {
        ...common,
        id: 'w4-rest-api-builder',
        specialist: 'rest-api-builder',
        wave: 4,
        title: 'Its use',
        files: [{ path: 'cmd/app/main.go', change: 'edit', symbols: ['main'] }],
        needs: ['w1-entity-architect', 'w1-domain-service-designer'],
        requirements: ['R3'],
        integrates: true,
      },
    ],
    contracts: [
      {
        task: 'w1-entity-architect',
        path: 'internal/quota/quota.go',
        kind: 'declare',
        source:
          'package quota\n\ntype Quota struct {\n\tBuyer string\n\tLimit int\n\tUsed int\n}\n\nfunc New(buyer string, limit int) (*Quota, error)\nfunc (q *Quota) Consume() error\n',
      },
      {
        task: 'w1-domain-service-designer',
        path: 'internal/quota/describe.go',
        kind: 'declare',
        source: 'package quota\n\nfunc Describe(q *Quota) string\n',
      },
    ],
    due: [],
    benchmarks: [],
    modules: [],
    skipped: allBut(['entity-architect', 'domain-service-designer', 'rest-api-builder']),
    withoutTask: [],
    estimate: { turnsPerTask: 5, basis: 'three small tasks' },
  }
}

/** Files by task, and in each by path. */
export type Work = Readonly<Record<string, Readonly<Record<string, string>>>>

/** Writes work as the scripted model reads it, the quota's unless other work is given; answers its folders. */
export function writeScript(
  folder: string,
  work: { readonly solution: Work; readonly firstTry: Work } = { solution, firstTry },
): { readonly solution: string; readonly firstTry: string } {
  const folders = { solution: join(folder, 'solution'), firstTry: join(folder, 'first-try') }
  for (const which of ['solution', 'firstTry'] as const) {
    for (const [task, files] of Object.entries(work[which])) {
      for (const [path, text] of Object.entries(files)) {
        const target = join(folders[which], task, `${path}.txt`)
        mkdirSync(dirname(target), { recursive: true })
        writeFileSync(target, text)
      }
    }
  }
  return folders
}
