// The compiling part of the judge beside the bare go commands that answer the same questions: same flags, same sandbox, same starter, caches of their own.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { goCommands } from '../src/adapters/go/go-commands.ts'
import { openMachine, openWorkshop, type Workshop } from '../src/cli/open-machine.ts'
import { compileTests } from '../src/gate/compile-tests.ts'
import { measureCompile } from '../src/gate/measure-compile.ts'
import { isFormatted, measureStyle } from '../src/gate/measure-style.ts'
import { listedFields } from '../src/gate/parse-go-list.ts'
import type { Sha } from '../src/ids.ts'
import type { CommandResult, Go } from '../src/world.ts'
import { homesOf } from './dce-process.ts'
import type { Figure, Measuring } from './figure.ts'
import { type Pair, ratioOf, sayPair, timed } from './git.ts'
import { makeSite, type Site } from './site.ts'

const files = 700
/** Packages whose tests are compiled and linked: those that a wave changed, and their importers. */
const testedPackages = 5

/** Rounds with two cold caches, a minute of both cores each. Chosen. */
const mostRounds = 3

/** Cold: an empty build cache each. Warm: the same checkout and cache once more. The module cache is there for both. */
export async function measureGate({ times: wanted, say }: Measuring): Promise<readonly Figure[]> {
  const times = Math.min(wanted, mostRounds)
  const cold: Pair[] = []
  const warm: Pair[] = []
  for (let time = 1; time <= times; time++) {
    const site = makeSite({ agents: 1, files, layered: true })
    const machine = openMachine({ ...process.env, ...homesOf(site) })
    const workshop = await openWorkshop(machine, { repo: site.repo, sandbox: 'on', allowedHosts: [] })
    try {
      const [bare, ours] = [await sideOf(workshop, site, 'bare'), await sideOf(workshop, site, 'ours')]
      for (const pairs of [cold, warm])
        pairs.push({ bareMs: await timed(() => bareCommands(bare)), oursMs: await timed(() => judgeCompiles(ours)) })
    } finally {
      await workshop.close()
      await machine.close()
      rmSync(site.folder, { recursive: true, force: true })
    }
    say(`gate, ${time} of ${times}: cold ${sayPair(cold.at(-1))}; warm ${sayPair(warm.at(-1))}`)
  }
  const what = `${files} files: compile all with tests, link mains, gofmt, vet, ${testedPackages} test binaries; bare: go build, vet, list -test -export, gofmt, test -c, one after another`
  return [ratioOf({ name: 'gate-cold', pairs: cold, what }), ratioOf({ name: 'gate-warm', pairs: warm, what })]
}

interface Side {
  readonly go: Go
  readonly root: string
  readonly files: Awaited<ReturnType<Workshop['git']['listFiles']>>
  readonly outDir: string
}

async function sideOf(workshop: Workshop, site: Site, name: string): Promise<Side> {
  const { git, sandbox, shell } = workshop
  const head = (await git.resolve('HEAD')) as Sha
  const root = join(site.folder, name)
  await git.addWorktree({ path: root, commit: head })
  const go = goCommands({
    sandbox,
    cache: join(site.folder, `${name}-cache`),
    modCache: shell.env['GOMODCACHE'] ?? '',
    workDir: join(site.folder, `${name}-work`),
    path: shell.env['PATH'] ?? '',
  })
  await go.version()
  const outDir = join(site.folder, `${name}-tests`)
  mkdirSync(outDir)
  return { go, root, files: await git.listFiles(head), outDir }
}

async function judgeCompiles({ go, root, files: all, outDir }: Side): Promise<void> {
  const checkout = { root, moduleDirs: ['.'] }
  const options = { go, tags: [] }
  const compile = await measureCompile(checkout, options)
  const style = await measureStyle(checkout, { files: all, packages: compile.packages }, options)
  const packages = compile.packages.filter((one) => one.testFiles.length > 0).slice(0, testedPackages)
  const tests = await compileTests({ go, root, outDir, packages, race: false, coverPackages: [] })
  const faults = [...compile.errors.map(({ message }) => message), ...compile.stuck, ...style.unformatted, ...style.stuck, ...tests.stuck]
  if (faults.length > 0 || tests.binaries.length !== testedPackages) throw new Error(`the judge found: ${faults.join('; ')}`)
}

async function bareCommands({ go, root, files: all, outDir }: Side): Promise<void> {
  const run = async (...args: readonly string[]) =>
    mustPass(args, await go.run({ args, cwd: root, writable: [outDir], timeoutMs: 600_000 }))
  await run('build', '-gcflags=-e', '-ldflags=-s -w', '-json', '-o', '/dev/null', './...')
  await run('vet', '-gcflags=-e', '-json', './...')
  await run('list', '-e', '-test', '-export', '-gcflags=-e', `-json=${listedFields}`, './...')
  const format = ['gofmt', '-l', ...all.filter(isFormatted)]
  mustPass(format, await go.execute({ argv: format, cwd: root, writable: [], timeoutMs: 600_000 }))
  const tested = Array.from({ length: testedPackages }, (_, index) => `./internal/p00${index}`)
  await run('test', '-c', '-vet=off', '-gcflags=example.test/bench/...=-e', '-ldflags=-s -w', '-o', `${outDir}/`, ...tested)
}

function mustPass(words: readonly string[], { exit, stderr }: CommandResult): void {
  if (exit.kind !== 'exited' || exit.code !== 0) throw new Error(`${words.slice(0, 3).join(' ')}: ${stderr.slice(-2_000)}`)
}
