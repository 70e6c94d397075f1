// A struct that exists gets a field of a package that only a later wave writes: every tree in between compiles, and nothing of the stand-ins is left in the end.
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PlanAnswer } from '../../src/plan/plan.ts'
import { answerFrom } from '../support/scripted-answers.ts'
import { allBut, planAnswer, repository, type Work, writeScript } from './quota-feature.ts'
import { openScene, runOf, type Scene } from './run-dce.ts'

const app = (fields: string) => `// Package app holds what the program serves.
package app
${fields === '' ? '' : '\nimport "example.test/shop/internal/service/quota"\n'}
// Services are all services.
type Services struct {
	Name string${fields}
}
`

const main = (more: string) => `// Command app runs the shop.
package main

import (
	"fmt"
${more === '' ? '' : '\t"log"\n'}
	"example.test/shop/internal/app"
${more === '' ? '' : '\t"example.test/shop/internal/service/quota"\n'})

func main() {
	services := app.Services{Name: "shop"}
${more}	fmt.Println(services.Name)
}
`

const files: Readonly<Record<string, string>> = { ...repository, 'internal/app/app.go': app(''), 'cmd/app/main.go': main('') }

const specification = `# Call quotas

## Requirements
- R1: A limit must be positive; another one must be refused.
- R2: The quota service must allow calls below its limit.
- R3: The program must serve the quota service.
`

const limit = `// Package limit knows how many calls a buyer takes.
package limit

import "errors"

// Limit is a positive number of calls.
type Limit struct{ calls int }

// New makes a limit.
func New(calls int) (Limit, error) {
	if calls <= 0 {
		return Limit{}, errors.New("a limit must be positive")
	}
	return Limit{calls: calls}, nil
}

// Allows tells whether one more call is below the limit.
func (l Limit) Allows(used int) bool { return used < l.calls }
`

const limitTest = `package limit

import "testing"

func TestNew(t *testing.T) {
	if _, err := New(0); err == nil {
		t.Fatal("a limit of zero was accepted")
	}
	l, err := New(1)
	if err != nil || !l.Allows(0) || l.Allows(1) {
		t.Fatalf("a limit of one: %v, %v", l, err)
	}
}
`

const service = `// Package quota counts the calls of buyers.
package quota

import "example.test/shop/internal/domain/limit"

// Service counts calls against one limit.
type Service struct {
	limit limit.Limit
	used  int
}

// New makes the service.
func New(l limit.Limit) *Service { return &Service{limit: l} }

// Consume counts a call; false when none is left.
func (s *Service) Consume() bool {
	if !s.limit.Allows(s.used) {
		return false
	}
	s.used++
	return true
}
`

const serving = `	most, err := limit.New(3)
	if err != nil {
		log.Fatal(err)
	}
	services.Quota = quota.New(most)
	fmt.Println(services.Quota.Consume())
`

const solution: Work = {
  'w1-value-object-designer': { 'internal/domain/limit/limit.go': limit, 'internal/domain/limit/limit_test.go': limitTest },
  'w3-service-orchestrator': { 'internal/service/quota/service.go': service },
  'w4-rest-api-builder': {
    'internal/app/app.go': app('\n\t// Quota counts calls.\n\tQuota *quota.Service'),
    'cmd/app/main.go': main(serving).replace(
      '"example.test/shop/internal/app"\n',
      '"example.test/shop/internal/app"\n\t"example.test/shop/internal/domain/limit"\n',
    ),
  },
}

function plan(): PlanAnswer {
  const task = (id: string, wave: number, paths: readonly (readonly [string, 'create' | 'edit'])[], needs: readonly string[]) => ({
    id,
    specialist: id.slice(3),
    wave,
    title: id,
    brief: 'Build it as the contract says.',
    files: paths.map(([path, change]) => ({ path, change, symbols: [] })),
    paths: [],
    needs: [...needs],
    acceptance: ['it compiles'],
    requirements: [`R${wave === 1 ? 1 : wave - 1}`],
    covers: [],
    integrates: wave === 4,
  })
  return {
    ...planAnswer(),
    summary: 'A limit, a service on it, and its use.',
    tasks: [
      task(
        'w1-value-object-designer',
        1,
        [
          ['internal/domain/limit/limit.go', 'create'],
          ['internal/domain/limit/limit_test.go', 'create'],
        ],
        [],
      ),
      task('w3-service-orchestrator', 3, [['internal/service/quota/service.go', 'create']], ['w1-value-object-designer']),
      task(
        'w4-rest-api-builder',
        4,
        [
          ['internal/app/app.go', 'edit'],
          ['cmd/app/main.go', 'edit'],
        ],
        ['w3-service-orchestrator'],
      ),
    ],
    contracts: [
      {
        task: 'w1-value-object-designer',
        path: 'internal/domain/limit/limit.go',
        kind: 'declare',
        source:
          'package limit\n\ntype Limit struct{ calls int }\n\nfunc New(calls int) (Limit, error)\nfunc (l Limit) Allows(used int) bool\n',
      },
      {
        task: 'w3-service-orchestrator',
        path: 'internal/service/quota/service.go',
        kind: 'declare',
        source:
          'package quota\n\nimport "example.test/shop/internal/domain/limit"\n\ntype Service struct {\n\tlimit limit.Limit\n\tused int\n}\n\nfunc New(l limit.Limit) *Service\nfunc (s *Service) Consume() bool\n',
      },
      {
        task: 'w4-rest-api-builder',
        path: 'internal/app/app.go',
        kind: 'amend',
        source: 'package app\n\nimport "example.test/shop/internal/service/quota"\n\ntype Services struct {\n\tQuota *quota.Service\n}\n',
      },
    ],
    skipped: allBut(['value-object-designer', 'service-orchestrator', 'rest-api-builder']),
  }
}

let scene: Scene

beforeAll(async () => {
  const script = { plan: plan(), ...writeScript(mkdtempSync(join(process.env['HOME'] ?? '', 'script-')), { solution, firstTry: {} }) }
  scene = await openScene({ files, specification, answer: (request) => ({ content: answerFrom(script, request) }) })
}, 120_000)

afterAll(() => scene.close())

describe('an amended struct that refers to a package of a later wave', () => {
  it.each(['sequential', 'adaptive'])(
    '%s: every wave is green, and no stand-in is left',
    async (mode) => {
      const { code, said } = await scene.dce('run', scene.spec, '--repo', scene.repo, '--yes', '--new', '--mode', mode)
      expect(said).not.toContain('does not compile yet')
      expect(said).not.toContain('Repair round')
      expect(code, said).toBe(0)
      const run = runOf(said)
      const commits = scene.git('log', '--format=%H %(trailers:key=Dce-Task,valueonly,separator=%x2C)', `dce/${run}/pr`).split('\n')
      const seams = commits.find((line) => line.endsWith(' seams'))?.slice(0, 40) ?? ''
      expect(scene.git('show', `${seams}:internal/service/quota/service.go`)).toContain('dce: contract of w3-service-orchestrator')
      expect(scene.git('show', `dce/${run}/pr:internal/service/quota/service.go`)).toBe(service.trim())
      expect(scene.git('grep', '-c', 'dce: contract', `dce/${run}/wave-1`, '--', 'internal/service')).toContain('service.go:2')
      expect(() => scene.git('grep', '-q', 'dce: contract', `dce/${run}/pr`)).toThrow()
      // What an agent's own commands compiled against: each declaration once.
      expect(JSON.stringify(scene.api.requests.map(({ body }) => body.messages.at(-1)))).not.toContain('redeclared')
    },
    300_000,
  )
})
