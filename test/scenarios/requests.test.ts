// What the plan did not foresee: a contract that changes while a sibling has finished with the old one, a module nobody planned, generated code.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSqliteJournal } from '../../src/adapters/journal/sqlite-journal.ts'
import { thisProcess } from '../../src/adapters/journal/this-process.ts'
import { asRunId } from '../../src/ids.ts'
import type { PlanAnswer } from '../../src/plan/plan.ts'
import type { RunEvent } from '../../src/run/event.ts'
import { planAnswer, repository, specification } from './quota-feature.ts'
import { openScene, runOf, type Scene, writeFiles } from './run-dce.ts'

let scene: Scene

/** The quota as the plan has it, and as its owner wants it once it has begun: with a period. */
const planned = 'func New(buyer string, limit int) (*Quota, error)'
const wanted = 'func New(buyer string, limit, days int) (*Quota, error)'
const contract = (signature: string) => `package quota

type Quota struct {
	ID string
	Buyer string
	Limit int
	Days int
}

${signature}
`

const quota = `// Package quota limits calls of buyers.
package quota

import (
	"errors"

	"example.test/ids"
)

// ErrLimit says that a limit or a period is not positive.
var ErrLimit = errors.New("limit and days must be positive")

// Quota is a buyer's limit for some days.
type Quota struct {
	ID    string
	Buyer string
	Limit int
	Days  int
}

// New makes a quota.
func New(buyer string, limit, days int) (*Quota, error) {
	if limit <= 0 || days <= 0 {
		return nil, ErrLimit
	}
	return &Quota{ID: ids.New(buyer), Buyer: buyer, Limit: limit, Days: days}, nil
}
`

const quotaTest = `package quota

import "testing"

func TestNew(t *testing.T) {
	if _, err := New("b", 0, 1); err == nil {
		t.Fatal("a limit of zero was accepted")
	}
	q, err := New("b", 2, 7)
	if err != nil || q.ID != "id-b" {
		t.Fatalf("New: %v, %v", q, err)
	}
}
`

const standard = (call: string) => `package quota

// Standard is the quota of a new buyer.
func Standard(buyer string) (*Quota, error) { return ${call} }
`

const main = `// Command app runs the shop.
package main

import (
	"fmt"
	"log"

	"example.test/shop/internal/quota"
)

func main() {
	q, err := quota.Standard("acme")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(q.ID, q.Limit, quota.Fields)
}
`

function plan(): PlanAnswer {
  const base = planAnswer()
  const files: Readonly<Record<string, PlanAnswer['tasks'][number]['files']>> = {
    'w1-entity-architect': [
      { path: 'internal/quota/quota.go', change: 'create', symbols: ['Quota', 'New'] },
      { path: 'internal/quota/quota_test.go', change: 'create', symbols: ['TestNew'] },
    ],
    'w1-domain-service-designer': [{ path: 'internal/quota/standard.go', change: 'create', symbols: ['Standard'] }],
  }
  return {
    ...base,
    tasks: base.tasks.map((task) => ({ ...task, files: files[task.id] ?? task.files })),
    contracts: [
      { task: 'w1-entity-architect', path: 'internal/quota/quota.go', kind: 'declare', source: contract(planned) },
      {
        task: 'w1-domain-service-designer',
        path: 'internal/quota/standard.go',
        kind: 'declare',
        source: 'package quota\n\nfunc Standard(buyer string) (*Quota, error)\n',
      },
    ],
  }
}

// A module proxy on disk, as go knows it. Source: go.dev/ref/mod, GOPROXY protocol.
function moduleProxy(folder: string): void {
  const source = join(folder, 'ids')
  const proxy = join(folder, 'proxy')
  const at = join(proxy, 'example.test', 'ids', '@v')
  const mod = 'module example.test/ids\n\ngo 1.21\n'
  writeFiles(source, {
    'go.mod': mod,
    'ids.go': '// Package ids makes ids.\npackage ids\n\n// New makes an id.\nfunc New(of string) string { return "id-" + of }\n',
  })
  const git = (...words: readonly string[]) => execFileSync('git', ['-C', source, ...words])
  execFileSync('git', ['init', '--quiet', source])
  git('add', '--all')
  git('commit', '--quiet', '--message', 'ids')
  writeFiles(at, { list: 'v1.0.0\n', 'v1.0.0.info': '{"Version":"v1.0.0","Time":"2024-01-01T00:00:00Z"}', 'v1.0.0.mod': mod })
  git('archive', '--format=zip', '--prefix=example.test/ids@v1.0.0/', `--output=${join(at, 'v1.0.0.zip')}`, 'HEAD')
}

const call = (name: string, input: unknown) => ({ type: 'tool_use' as const, name, input })

function handOver(files: readonly string[], summary: string) {
  return call('hand_over', { summary, files, requirements: [], checks: [] })
}

// Told by the journal, as a person would read it off the board.
async function untilEnded(task: string): Promise<void> {
  const journal = openSqliteJournal<RunEvent>({ path: join(scene.folder, 'state', 'dce', 'journal.sqlite'), processes: thisProcess() })
  try {
    for (let tries = 0; tries < 600; tries++) {
      const [run] = journal.runs()
      const events = run === undefined ? [] : await journal.load(asRunId(run.run))
      if (events.some((event) => event.type === 'task-ended' && event.task === task)) return
      await sleep(100)
    }
    throw new Error(`${task} did not end`)
  } finally {
    journal.close()
  }
}

interface Asked {
  readonly messages: readonly { readonly role: string; readonly content: unknown }[]
  readonly tools?: readonly { readonly name: string }[]
}

async function answer(request: Asked) {
  const turn = request.messages.filter((message) => message.role === 'assistant').length + 1
  if (request.tools?.some((tool) => tool.name === 'submit_plan')) return [call('submit_plan', plan())]
  const first = JSON.stringify(request.messages[0]?.content)
  const again = /# Another attempt/u.test(first)
  switch (/# Your task: ([a-z0-9-]+)/u.exec(first)?.[1]) {
    case 'w1-entity-architect':
      return entityTurn(turn)
    case 'w1-domain-service-designer':
      if (turn === 1) return [call('read', { path: again ? 'internal/quota/standard.go' : 'go.mod' })]
      if (turn === 2)
        return [call('write', { path: 'internal/quota/standard.go', content: standard(again ? 'New(buyer, 100, 30)' : 'New(buyer, 100)') })]
      if (turn === 3) return [call('bash', { command: 'go vet ./internal/quota' })]
      return [handOver(['internal/quota/standard.go'], again ? 'Follows the new contract.' : 'Written.')]
    default:
      if (turn === 1) return [call('read', { path: 'cmd/app/main.go' })]
      if (turn === 2) return [call('write', { path: 'cmd/app/main.go', content: main })]
      return [handOver(['cmd/app/main.go'], 'Wired.')]
  }
}

async function entityTurn(turn: number) {
  switch (turn) {
    case 1:
      return [call('read', { path: 'go.mod' })]
    case 2:
      await untilEnded('w1-domain-service-designer')
      return [
        call('request_contract_change', { symbol: 'New', source: contract(`${wanted}\nfunc Broken(`), why: 'not Go at all' }),
        call('request_contract_change', { symbol: 'New', source: contract(wanted), why: 'a limit without a period means nothing' }),
        call('request_module', { path: 'example.test/ids', why: 'ids as everywhere else' }),
      ]
    case 3:
      return [
        call('write', { path: 'internal/quota/quota.go', content: quota }),
        call('write', { path: 'internal/quota/quota_test.go', content: quotaTest }),
      ]
    case 4:
      return [call('bash', { command: 'go test ./internal/quota && git status 2>&1 | head -1; cat go.mod' })]
    default:
      return [handOver(['internal/quota/quota.go', 'internal/quota/quota_test.go'], 'A quota with a period.')]
  }
}

const fieldsScript = `test -d internal/quota || exit 0
printf '// Code generated by fields.sh. DO NOT EDIT.\\n\\npackage quota\\n\\n// Fields counts the fields of a quota.\\nconst Fields = %d\\n' "$(grep -c '^	[A-Z][A-Za-z]* ' internal/quota/quota.go)" > internal/quota/fields_gen.go
`

beforeAll(async () => {
  scene = await openScene({
    files: { ...repository, '.github/dce.yml': 'modules: allow\ngenerate:\n  - sh ./fields.sh\n', 'fields.sh': fieldsScript },
    specification,
    answer: async (request) => ({ content: await answer(request) }),
    env: (folder) => ({ GOPROXY: `file://${join(folder, 'proxy')}`, GONOSUMDB: '*', GOFLAGS: '-mod=mod' }),
  })
  moduleProxy(scene.folder)
})

afterAll(() => scene.close())

describe('what the plan did not foresee', () => {
  it('a contract changes and its finished consumer follows; a module is fetched; generated code is made, and judged green', async () => {
    const { code, said } = await scene.dce('run', scene.spec, '--repo', scene.repo, '--yes')
    expect(said).toMatch(/asked for contract New: refused, not everything that uses it still type-checks/u)
    expect(said).toMatch(/asked for contract New: granted, w1-domain-service-designer had finished and will follow it/u)
    expect(said).toMatch(/asked for module example\.test\/ids: granted, example\.test\/ids@v1\.0\.0 is in go\.mod now/u)
    expect(code, said).toBe(0)
    const branch = `dce/${runOf(said)}/pr`
    const show = (path: string) => scene.git('show', `${branch}:${path}`)
    expect(show('internal/quota/standard.go')).toContain('New(buyer, 100, 30)')
    expect(show('go.mod')).toContain('example.test/ids v1.0.0')
    expect(show('internal/quota/fields_gen.go')).toContain('const Fields = 4')
    expect(scene.report(runOf(said), 'implementation-plan.md')).toContain('limit, days int')
    expect(scene.report(runOf(said), 'pull-request.md')).toContain('example.test/ids')
  }, 180_000)
})
