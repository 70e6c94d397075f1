// Every kind of defect that the gate names, one change each: the verdict is red, and says exactly that. The other direction is harmless.test.ts.
import { afterAll, beforeAll, describe, it, vi } from 'vitest'
import type { Files } from '../support/git-dir.ts'
import { type BenchCase, type GateBench, openBench, sayFailures } from './gate-bench.ts'
import { edited, shop } from './shop.ts'

// A case takes one to three seconds of a free machine; many are busy.
vi.setConfig({ testTimeout: 120_000 })

let bench: GateBench
beforeAll(async () => {
  bench = await openBench(shop)
})
afterAll(() => bench.close())

interface Defect extends BenchCase {
  readonly name: string
  /** All failures, as {@link sayFailures} gives them. */
  readonly red: readonly string[]
}

const rate = 'internal/rate/rate.go'
const rateTest = 'internal/rate/rate_test.go'
const handler = 'internal/api/handler.go'
const memory = 'internal/store/memory.go'
const extraTest = (body: string, imports = '"testing"'): Files => ({
  'internal/rate/extra_test.go': `package rate\n\nimport ${imports}\n\n${body}\n`,
})
// A file whose function is wired, so that nothing but the defect is wrong with it.
const used = (declarations: string, call: string): Files => ({
  'internal/rate/extra.go': `package rate\n\n${declarations}\n`,
  [rate]: edited(rate, ['return r.Cents * minutes', `${call}\n\treturn r.Cents * minutes`]),
})

const compilation: readonly Defect[] = [
  {
    name: 'errors of a package and of every package that imports it, all of them',
    change: {
      [rate]: edited(rate, ['return r.Cents * minutes', 'return r.Price * hours']),
      [handler]: edited(handler, ['found.Cost(1)', 'found.Cost("1")']),
    },
    red: [`compile ${handler}`, `compile ${rate} Price`, `compile ${rate} hours`],
  },
  {
    name: 'a test that does not compile',
    change: extraTest('func TestExtra(t *testing.T) {\n\tif New() {\n\t\tt.Error("no")\n\t}\n}'),
    red: ['test-compile internal/rate/extra_test.go', 'test-compile internal/rate/extra_test.go'],
  },
  {
    name: 'a file with a tag that does not compile with its tag',
    change: {
      'internal/rate/e2e_test.go':
        '//go:build e2e\n\npackage rate\n\nimport "testing"\n\nfunc TestE2E(t *testing.T) {\n\tt.Error(missing)\n}\n',
    },
    red: ['test-compile internal/rate/e2e_test.go missing'],
  },
  {
    name: 'a module that go.mod does not require',
    change: { 'internal/rate/id.go': 'package rate\n\nimport "github.com/google/uuid"\n\n// ID names a rate.\nvar ID = uuid.New()\n' },
    red: ['module internal/rate/id.go', 'unused internal/rate/id.go'],
  },
  {
    name: 'a go.mod that cannot be read',
    change: { 'go.mod': 'modul example.com/shop\n' },
    red: ['module go.mod'],
  },
  {
    name: 'a function without a body, which only the linker misses',
    change: { ...used('func bare()', 'bare()'), 'internal/rate/bare.s': '' },
    red: ['compile example.com/shop'],
  },
  {
    name: 'no package left',
    change: {
      ...Object.fromEntries(Object.keys(shop).map((path) => [path, path === 'go.mod' ? (shop[path] ?? null) : null])),
      'README.md': 'empty\n',
    },
    red: ['no-packages go.mod', ...['TestCost', 'TestMemory', 'TestMissingRate', 'TestNew'].map((test) => `test-weakened ${test}`)],
  },
  {
    name: 'a package that is gone',
    base: { 'internal/tax/tax.go': 'package tax\n\n// Share is the part of a price.\nconst Share = 19\n' },
    change: { 'internal/tax/tax.go': null },
    red: ['no-packages internal/tax/tax.go'],
  },
  {
    name: 'a broken file hidden by a constraint, and a test hidden by a tag',
    base: { 'internal/rate/tax.go': 'package rate\n\n// Tax is the part of a price.\nconst Tax = 19\n' },
    change: {
      'internal/rate/tax.go': '//go:build ignore\n\npackage rate\n\n// Tax is the part of a price.\nconst Tax = oops\n',
      [rateTest]: `//go:build slow\n\n${edited(rateTest)}`,
    },
    red: [
      'not-compiled internal/rate/rate_test.go',
      'not-compiled internal/rate/tax.go',
      'test-weakened TestCost',
      'test-weakened TestNew',
    ],
  },
  {
    name: 'new code that only another system compiles',
    change: { 'internal/rate/fast_windows.go': 'package rate\n\n// Fast is for one system alone.\nfunc Fast() int64 { return broken }\n' },
    red: ['not-compiled internal/rate/fast_windows.go'],
  },
]

const unfinished: readonly Defect[] = [
  {
    name: 'functions that do nothing yet',
    change: used(
      'import "errors"\n\nfunc later() error {\n\treturn errors.New("not implemented")\n}\n\nfunc never() {\n\tpanic("not yet")\n}\n\nfunc hollow() {\n\t// TODO: write this\n}',
      'if later() == nil {\n\t\tnever()\n\t}\n\thollow()',
    ),
    red: ['stub internal/rate/extra.go hollow', 'stub internal/rate/extra.go later', 'stub internal/rate/extra.go never'],
  },
  {
    name: 'words in new lines that say the work is unfinished',
    change: used(
      '// half is rounded.\nfunc half(n int64) int64 {\n\t// TODO: round up\n\treturn n / 2\n}\n\n// third is good enough for now.\nfunc third(n int64) int64 {\n\treturn n / 3\n}',
      '_ = half(third(minutes))',
    ),
    red: ['stub internal/rate/extra.go', 'stub internal/rate/extra.go'],
  },
  {
    name: 'a function and a type that nothing uses, and a file of which nothing is used',
    change: {
      [memory]: `${edited(memory)}\n// Size is asked by nobody.\nfunc Size(m *Memory) int {\n\treturn len(m.rates)\n}\n\n// Stat is wanted by nobody.\ntype Stat struct{ Reads int }\n`,
      'internal/store/idle.go': 'package store\n\n// Idle does nothing for anybody.\nfunc Idle() bool {\n\treturn true\n}\n',
    },
    red: ['unused internal/store/idle.go', `unused ${memory} Size`, `unused ${memory} Stat`],
  },
  {
    name: 'code that only its own test uses',
    change: {
      'internal/store/count.go': 'package store\n\n// Count counts.\nfunc Count(m *Memory) int {\n\treturn len(m.rates)\n}\n',
      'internal/store/count_test.go':
        'package store\n\nimport "testing"\n\nfunc TestCount(t *testing.T) {\n\tif Count(NewMemory()) != 0 {\n\t\tt.Error("not empty")\n\t}\n}\n',
    },
    red: ['unused internal/store/count.go'],
  },
]

const conformance: readonly Defect[] = [
  {
    name: 'an interface that no production type implements, beside a double that does',
    change: {
      'internal/rate/audit.go':
        'package rate\n\n// Audit is told of prices.\ntype Audit interface {\n\tPriced(name string, cents int64)\n}\n',
      'internal/rate/audit_test.go':
        'package rate\n\ntype fakeAudit struct{}\n\nfunc (fakeAudit) Priced(string, int64) {}\n\nvar _ Audit = fakeAudit{}\n',
      'internal/mocks/audit.go':
        'package mocks\n\n// Audit is a double.\ntype Audit struct{}\n\n// Priced forgets.\nfunc (Audit) Priced(string, int64) {}\n',
      [handler]: edited(
        handler,
        ['\trates rate.Repository\n}', '\trates rate.Repository\n\taudit rate.Audit\n}'],
        ['\th.rates.Save(made)', '\tif h.audit != nil {\n\t\th.audit.Priced(made.Name, made.Cents)\n\t}\n\th.rates.Save(made)'],
      ),
    },
    red: ['not-implemented internal/rate/audit.go Audit'],
  },
  {
    name: 'a handler on no route',
    change: {
      [handler]: `${edited(handler)}\nfunc (h *Handler) deleteRate(w http.ResponseWriter, r *http.Request) {\n\th.rates.Save(rate.Rate{Name: r.PathValue("name")})\n\tw.WriteHeader(http.StatusNoContent)\n}\n`,
    },
    red: [`not-mounted ${handler} Handler.deleteRate`],
  },
  {
    name: 'routes that are registered where no main comes',
    change: {
      'internal/api/health.go':
        'package api\n\nimport "net/http"\n\n// RegisterHealth mounts what a probe asks.\nfunc RegisterHealth(mux *http.ServeMux) {\n\tmux.HandleFunc("GET /health", health)\n}\n\nfunc health(w http.ResponseWriter, _ *http.Request) {\n\tw.WriteHeader(http.StatusNoContent)\n}\n',
    },
    red: ['not-mounted internal/api/health.go health', 'unused internal/api/health.go'],
  },
  {
    name: 'a constructor that nobody calls',
    change: {
      'internal/store/cache.go':
        'package store\n\nimport "example.com/shop/internal/rate"\n\n// Cache keeps the last rate.\ntype Cache struct{ last rate.Rate }\n\n// NewCache makes one.\nfunc NewCache() *Cache {\n\treturn &Cache{}\n}\n\n// Find answers the last rate.\nfunc (c *Cache) Find(name string) (rate.Rate, bool) {\n\treturn c.last, c.last.Name == name\n}\n\n// Save keeps it.\nfunc (c *Cache) Save(r rate.Rate) {\n\tc.last = r\n}\n',
    },
    red: ['not-constructed internal/store/cache.go NewCache', 'unused internal/store/cache.go'],
  },
]

const naming: readonly Defect[] = [
  {
    name: 'a file that is not formatted, and what go vet finds',
    change: {
      ...used('import "fmt"\n\nfunc say(n int64) string {\n\treturn fmt.Sprintf("%s", n)\n}', '_ = say(minutes)'),
      'internal/rate/loose.go': 'package rate\n\n// Free costs nothing.\nconst  Free=0\n',
    },
    red: ['format internal/rate/loose.go', 'unused internal/rate/loose.go', 'vet internal/rate/extra.go'],
  },
  {
    name: 'a type that another package has already',
    change: {
      'internal/api/body.go':
        'package api\n\n// Rate is what is sent.\ntype Rate struct {\n\tName  string\n\tCents int64\n\tNote  string\n}\n',
      'internal/rate/rate.go': edited(rate, ['\tCents int64\n}', '\tCents int64\n\tNote  string\n}']),
      [handler]: edited(handler, ['var body struct {\n\t\tName  string\n\t\tCents int64\n\t}', 'var body Rate']),
    },
    red: ['duplicate-type internal/api/body.go Rate'],
  },
  {
    name: 'migrations beside the habit of the repository',
    base: { 'migrations/0001_init.up.sql': 'CREATE TABLE rates (name text);\n', 'migrations/0001_init.down.sql': 'DROP TABLE rates;\n' },
    change: { 'migrations/2_index.up.sql': 'CREATE INDEX ON rates (name);\n' },
    red: ['migration migrations/2_index.up.sql', 'migration migrations/2_index.up.sql'],
  },
  {
    name: "a name against the repository's own rule",
    change: { 'docs/My Notes.md': 'notes\n' },
    config: { naming: [{ files: 'docs/*.md', name: '^[a-z-]+\\.md$', why: 'links break on blanks' }] },
    red: ['naming docs/My Notes.md'],
  },
]

const tests: readonly Defect[] = [
  {
    name: 'a test that passed at the base and fails now, and a new one that fails',
    change: {
      [rate]: edited(rate, ['r.Cents * minutes', 'r.Cents + minutes']),
      ...extraTest('func TestExtra(t *testing.T) {\n\tt.Error("no")\n}'),
    },
    red: ['test TestCost', 'test TestExtra'],
  },
  {
    name: 'a panic in one test, which does not hide the failure of the next',
    change: extraTest(
      'func TestA(t *testing.T) {\n\tvar m map[string]int\n\tm["a"] = 1\n\tt.Fail()\n}\n\nfunc TestB(t *testing.T) {\n\tt.Error("no")\n}',
    ),
    red: ['test TestA', 'test TestB'],
  },
  {
    name: 'tests that never run, because TestMain leaves before them',
    change: extraTest(
      'func TestMain(m *testing.M) {\n\tif m != nil {\n\t\tos.Exit(0)\n\t}\n\tos.Exit(m.Run())\n}',
      '(\n\t"os"\n\t"testing"\n)',
    ),
    red: ['test TestCost', 'test TestMain', 'test TestNew'],
  },
  {
    name: 'a test that exits inside the binary',
    change: extraTest('func TestExit(t *testing.T) {\n\tif t != nil {\n\t\tos.Exit(0)\n\t}\n\tt.Fail()\n}', '(\n\t"os"\n\t"testing"\n)'),
    red: ['test TestExit'],
  },
  {
    name: 'a test that does not end',
    change: extraTest('func TestHang(t *testing.T) {\n\tif t != nil {\n\t\tselect {}\n\t}\n\tt.Fail()\n}'),
    config: { testTimeoutS: 2 },
    red: ['test TestHang'],
  },
]

const tamper: readonly Defect[] = [
  {
    name: 'a test that is deleted',
    change: { [rateTest]: edited(rateTest).replace(/func TestNew[\s\S]*?\n}\n\n/, '') },
    red: ['test-weakened TestNew'],
  },
  {
    name: 'a test that is skipped',
    change: { [rateTest]: edited(rateTest, ['func TestNew(t *testing.T) {\n', 'func TestNew(t *testing.T) {\n\tt.Skip("later")\n']) },
    red: ['test-weakened TestNew'],
  },
  {
    name: 'tests that are emptied, or assert less',
    change: {
      [rateTest]: edited(rateTest, ['\tif r.Cents != 3 {\n\t\tt.Errorf("got %d cents", r.Cents)\n\t}\n', '\t_ = r\n']),
      'internal/api/handler_test.go': 'package api\n\nimport "testing"\n\nfunc TestMissingRate(t *testing.T) {\n}\n',
    },
    red: ['test-weakened TestMissingRate', 'test-weakened TestNew'],
  },
  {
    name: 'a test that something around it skips now',
    base: extraTest(
      'func TestReal(t *testing.T) {\n\tneed(t)\n\tif (Rate{Cents: 1}).Cost(2) != 2 {\n\t\tt.Error("no")\n\t}\n}\n\nfunc need(t *testing.T) {\n\tt.Helper()\n}',
    ),
    change: extraTest(
      'func TestReal(t *testing.T) {\n\tneed(t)\n\tif (Rate{Cents: 1}).Cost(2) != 2 {\n\t\tt.Error("no")\n\t}\n}\n\nfunc need(t *testing.T) {\n\tt.Helper()\n\tt.Skip("not here")\n}',
    ),
    red: ['test-weakened TestReal'],
  },
  {
    name: 'directives, a replaced module and the gate touched',
    change: {
      [rate]: edited(rate, ['return r.Cents * minutes', 'return r.Cents * minutes //nolint:gosec']),
      'go.mod': 'module example.com/shop\n\ngo 1.25\n\nreplace example.com/other => ./other\n',
      '.golangci.yml': 'linters:\n  default: none\n',
      '.github/workflows/dce-gate.yml': 'on: push\n',
      '.github/dce.yml': 'quality_level: draft\n',
    },
    red: [
      'configuration .github/dce.yml',
      'configuration .github/workflows/dce-gate.yml',
      'configuration .golangci.yml',
      `directive ${rate}`,
      'replace go.mod',
    ],
  },
]

describe.each([
  ['compilation', compilation],
  ['unfinished or unused work', unfinished],
  ['interfaces, routes, constructors', conformance],
  ['naming and patterns', naming],
  ['tests', tests],
  ['tampering', tamper],
] as const)('%s: red for', (_group, defects) => {
  it.for(defects)('$name', async (defect, { expect }) => {
    const verdict = await bench.judge(defect)
    expect(sayFailures(verdict.failures)).toEqual(defect.red)
    expect(verdict.verdict).toBe('red')
  })
})
