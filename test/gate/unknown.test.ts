// What the gate could not see is never green; what the tree's tests do reaches nothing outside their folder; a base is measured once.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it, vi } from 'vitest'
import { defaultConfig } from '../../src/config.ts'
import { WorldFault } from '../../src/fault.ts'
import { runGateCommand } from '../../src/gate/gate-command.ts'
import { judge } from '../../src/gate/judge.ts'
import { measureBase } from '../../src/gate/measure-change.ts'
import { quickCompile } from '../../src/gate/quick-compile.ts'
import { sayVerdict } from '../../src/gate/verdict.ts'
import { asRepoPath } from '../../src/ids.ts'
import type { Go } from '../../src/world.ts'
import { makeTempDir } from '../support/git-dir.ts'
import { type GateBench, openBench, openPorts, sayFailures } from './gate-bench.ts'
import { edited, shop } from './shop.ts'

// A case takes one to three seconds of a free machine; many are busy.
vi.setConfig({ testTimeout: 120_000 })

let bench: GateBench
beforeAll(async () => {
  bench = await openBench(shop)
})
afterAll(() => bench.close())

const rate = 'internal/rate/rate.go'
const test = (imports: readonly string[], body: string) => {
  const lines = [...imports, 'testing'].sort().map((path) => `\t"${path}"\n`)
  return { 'internal/rate/extra_test.go': `package rate\n\nimport (\n${lines.join('')})\n\n${body}\n` }
}

describe('unknown', () => {
  it('is a test binary that was killed', async ({ expect }) => {
    const body =
      'func TestKill(t *testing.T) {\n\tif err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {\n\t\tt.Fatal(err)\n\t}\n\tselect {}\n}'
    const verdict = await bench.judge({ change: test(['os', 'syscall'], body) })
    expect([sayFailures(verdict.failures), sayVerdict(verdict)]).toEqual([
      [],
      'unknown: could not run tests (example.com/shop/internal/rate: killed by SIGKILL)',
    ])
  })

  it('is a compiler that found no space on the disk: nobody is asked to repair that', async ({ expect }) => {
    const full = 'go: creating work dir: mkdir /tmp/go-build1: no space left on device\n'
    const go: Go = {
      ...bench.ports.go,
      run: async (command) =>
        command.args[0] === 'list'
          ? { exit: { kind: 'exited', code: 1 }, stdout: '', stderr: full, droppedBytes: 0, durationMs: 1 }
          : bench.ports.go.run(command),
    }
    const at = { git: await bench.git(), commit: bench.base, moduleDirs: ['.'], workDir: bench.dirs.workDir }
    expect(await quickCompile(at, { go })).toEqual({ kind: 'unknown', why: 'go list: the disk is full' })
  })

  it('is a tree that the analyzer could not read', async ({ expect }) => {
    const facts = async () => {
      throw new WorldFault({ service: 'go', problem: 'killed', retryable: false })
    }
    const ports = { ...bench.ports, analyzer: { ...bench.ports.analyzer, facts } }
    const input = {
      git: await bench.git(),
      commit: bench.base,
      moduleDirs: ['.'],
      level: 'production',
      config: defaultConfig.gate,
      ...bench.dirs,
    } as const
    const verdict = await judge(input, ports)
    expect(verdict.verdict).toBe('unknown')
    expect(verdict.checks.filter((check) => check.state === 'could-not-run').map((check) => check.check)).toEqual([
      'expected-files',
      'conformance',
      'naming',
    ])
  })

  it('is a tree whose modules are not on this machine', async ({ expect }) => {
    const id = 'package rate\n\nimport "github.com/google/uuid"\n\n// ID names.\nvar ID = uuid.New()\n'
    const base = {
      'go.mod': 'module example.com/shop\n\ngo 1.25\n\nrequire github.com/google/uuid v1.0.0-nowhere\n',
      'go.sum':
        'github.com/google/uuid v1.0.0-nowhere h1:NIvaJDMOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=\ngithub.com/google/uuid v1.0.0-nowhere/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo=\n',
      'internal/rate/id.go': id,
    }
    const verdict = await bench.judge({ base, change: { 'README.md': 'x\n' } })
    expect(sayFailures(verdict.failures)).toEqual([])
    expect(sayVerdict(verdict)).toMatch(/^unknown: could not run compilation \(modules are not on this machine: .*uuid.*go mod download/)
  })
})

describe('tests of the tree', () => {
  it('write to their own folder and a temporary one, and reach no network, no cache of the judge, no other package', async ({ expect }) => {
    const body = `func TestWalls(t *testing.T) {
	if err := os.WriteFile("own.txt", nil, 0o600); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(os.TempDir()+"/temp.txt", nil, 0o600); err != nil {
		t.Error(err)
	}
	for _, path := range []string{"../api/handler.go", "../../go.mod", "${process.env['GOCACHE']}/planted", "${process.env['HOME']}/.bashrc"} {
		if err := os.WriteFile(path, nil, 0o600); err == nil {
			t.Errorf("%s can be written", path)
		}
	}
	if _, err := net.DialTimeout("tcp", "1.1.1.1:443", time.Second); err == nil {
		t.Error("the network is there")
	}
	for _, name := range os.Environ() {
		if strings.Contains(name, "TOKEN") || strings.Contains(name, "KEY") {
			t.Errorf("%s", name)
		}
	}
}`
    const verdict = await bench.judge({ change: test(['net', 'os', 'strings', 'time'], body) })
    expect([sayVerdict(verdict), sayFailures(verdict.failures)]).toEqual(['green', []])
  })
})

describe('a base', () => {
  it('is measured ahead, once, and read back by every judgement', async ({ expect }) => {
    const calls: string[] = []
    const { go } = bench.ports
    const counted: Go = {
      ...go,
      run: (command) => {
        calls.push(command.args[0] ?? '')
        return go.run(command)
      },
    }
    const ports = { ...bench.ports, go: counted }
    const input = {
      git: await bench.git(),
      moduleDirs: ['.'],
      config: defaultConfig.gate,
      workDir: bench.dirs.workDir,
      cacheDir: makeTempDir('bases'),
    }
    const first = await measureBase({ ...input, base: bench.base }, ports)
    const before = calls.length
    const second = await measureBase({ ...input, base: bench.base }, ports)
    expect([before > 3, calls.length - before]).toEqual([true, 0])
    expect(second).toEqual(first)
  })
})

describe('quickCompile', () => {
  it('says whether a merged tree compiles, tests included, beside its base', async ({ expect }) => {
    const git = await bench.git()
    const tree = await git.editTree({ from: await git.treeOf(bench.base), files: new Map() })
    expect(tree).toBe(await git.treeOf(bench.base))
    const broken = await commitOf(bench, { [rate]: edited(rate, ['errors.New', 'errors.Now']) })
    const about = { git, moduleDirs: ['.'], workDir: bench.dirs.workDir, base: bench.base }
    expect(await quickCompile({ ...about, commit: bench.base }, bench.ports)).toEqual({ kind: 'compiles' })
    const answer = await quickCompile({ ...about, commit: broken }, bench.ports)
    expect(answer.kind === 'broken' ? sayFailures(answer.failures) : answer.kind).toEqual([`compile ${rate}`])
    expect(await quickCompile({ ...about, commit: broken, base: broken }, bench.ports)).toEqual({ kind: 'compiles' })
  })
})

describe('the gate command', () => {
  it('judges HEAD against where it left the default branch, and ends with 0 or 1', async ({ expect }) => {
    const own = await openBench(shop)
    try {
      await own.judge({ change: { [rate]: edited(rate, ['cents < 0', 'cents <= 0']) } })
      const command = { git: await own.git(), level: 'production', config: defaultConfig.gate, ...own.dirs } as const
      const green = await runGateCommand(command, own.ports)
      expect([green.exitCode, green.verdict.base]).toEqual([0, own.base])
      await own.judge({ change: { [rate]: edited(rate, ['cents < 0', 'cents > 0']) } })
      const red = await runGateCommand({ ...command, git: await own.git() }, own.ports)
      expect([red.exitCode, red.verdict.base, sayFailures(red.verdict.failures)]).toEqual([1, own.base, ['test TestNew']])
      await expect(runGateCommand({ ...command, base: 'nothing' }, own.ports)).rejects.toThrow('There is no commit "nothing"')
    } finally {
      await own.close()
    }
  })

  it('stops when it is told to', async ({ expect }) => {
    const { ports, close } = await openPorts(join(makeTempDir('stop'), 'go'))
    const stop = new AbortController()
    stop.abort(new Error('enough'))
    const command = { git: await bench.git(), level: 'production', config: defaultConfig.gate, ...bench.dirs, signal: stop.signal } as const
    await expect(runGateCommand(command, ports)).rejects.toThrow('enough')
    await close()
  })
})

async function commitOf(of: GateBench, files: Readonly<Record<string, string>>) {
  const git = await of.git()
  const tree = await git.editTree({
    from: await git.treeOf(of.base),
    files: new Map(Object.entries(files).map(([path, text]) => [asRepoPath(path), text])),
  })
  return git.commit({ tree, parents: [of.base], subject: 'change' })
}
