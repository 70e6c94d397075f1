// Benchmarks that the plan names, measured: the upper 95 % bound of the mean of ten runs has to be under the threshold. A proof.
import { join } from 'node:path'
import type { PlannedBenchmark } from '../plan/plan.ts'
import type { Go } from '../world.ts'
import { type BenchmarkResult, readSamples, summarise } from './benchmark-statistics.ts'
import { type Change, type CheckFindings, findings } from './change.ts'
import type { Checkouts } from './checkouts.ts'
import { compileTests, type TestBinary } from './compile-tests.ts'
import type { Finding } from './failure.ts'
import { whyStuck } from './measure-compile.ts'
import type { PackageFacts } from './measurements.ts'
import { dueWave, splitDue } from './obligations.ts'
import { runBinary } from './run-tests.ts'

/** What benchmarks are measured with. */
export interface BenchmarksRequest {
  readonly change: Change
  readonly checkouts: Checkouts
  readonly go: Go
  readonly signal?: AbortSignal
}

// n >= 10: design, section 6. 200 ms a sample: by taste; a benchmark then takes about 3 s.
const samplesWanted = 10
const sampleTime = '200ms'
const benchmarkTimeoutMs = 10 * 60_000

/** Benchmarks that are compiled and wait to be measured. */
export interface PreparedBenchmarks {
  readonly now: readonly PlannedBenchmark[]
  readonly later: readonly PlannedBenchmark[]
  readonly head: readonly TestBinary[]
  readonly base: readonly TestBinary[]
}

/** Compiles those that are due, on both sides. Before any test runs: a test may change the files that lie beside it. */
export async function prepareBenchmarks(request: BenchmarksRequest): Promise<PreparedBenchmarks> {
  const { change } = request
  const { now, later } = splitDue(change, change.plan?.benchmarks ?? [], (one) => dueWave(change, 'benchmark', subjectOf(one)))
  return { now, later, head: await binariesOf(request, 'head', now), base: await binariesOf(request, 'base', now) }
}

/** Measures one after the other, with nothing beside. */
export async function checkBenchmarks(request: BenchmarksRequest, prepared: PreparedBenchmarks): Promise<CheckFindings> {
  const { change } = request
  if ((change.plan?.benchmarks ?? []).length === 0) return findings('benchmarks', { notApplicable: true, detail: 'the plan names none' })
  const measured: Measured[] = []
  for (const one of prepared.now) {
    const head = await measureOne(request, prepared.head, one)
    const base = change.base === undefined ? undefined : await measureOne(request, prepared.base, one)
    measured.push({ planned: one, head, base })
  }
  return findings('benchmarks', {
    head: measured.flatMap((one) => (one.head.kind === 'measured' ? slow(one.planned, one.head.result) : [])),
    base: measured.flatMap((one) => (one.base?.kind === 'measured' ? slow(one.planned, one.base.result) : [])),
    due: prepared.later.map((one) => ({ what: 'benchmark', subject: subjectOf(one), wave: dueWave(change, 'benchmark', subjectOf(one)) })),
    stuck: measured.flatMap((one) => (one.head.kind === 'not-measured' ? [`${subjectOf(one.planned)}: ${one.head.why}`] : [])),
    detail: measured.map((one) => sayResult(one)).join('; '),
    notApplicable: prepared.now.length === 0,
    figures: Object.fromEntries(measured.map((one) => [subjectOf(one.planned), sayResult(one)])),
  })
}

function subjectOf(one: PlannedBenchmark): string {
  return `${one.package}.${one.name}`
}

type Outcome = { readonly kind: 'measured'; readonly result: BenchmarkResult } | { readonly kind: 'not-measured'; readonly why: string }

interface Measured {
  readonly planned: PlannedBenchmark
  readonly head: Outcome
  readonly base: Outcome | undefined
}

async function binariesOf(
  request: BenchmarksRequest,
  side: 'head' | 'base',
  planned: readonly PlannedBenchmark[],
): Promise<readonly TestBinary[]> {
  const packages = (request.change[side]?.compile.packages ?? []).filter((one) => planned.some((benchmark) => isIn(benchmark, one)))
  if (packages.length === 0) return []
  const compiled = await compileTests({
    go: request.go,
    root: await request.checkouts[side](),
    outDir: join(request.checkouts.scratch, `benchmarks-${side}`),
    packages,
    race: false,
    coverPackages: [],
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  })
  return compiled.binaries
}

// A plan names a package by folder or by import path.
function isIn(benchmark: PlannedBenchmark, one: PackageFacts): boolean {
  return one.importPath === benchmark.package || one.dir === benchmark.package.replace(/^\.\//, '')
}

async function measureOne(request: BenchmarksRequest, binaries: readonly TestBinary[], planned: PlannedBenchmark): Promise<Outcome> {
  const binary = binaries.find((one) => isIn(planned, one.package))
  if (binary === undefined) return { kind: 'not-measured', why: 'its package has no tests that compile' }
  const flags = ['-test.run=^$', `-test.bench=^${planned.name}$`, `-test.count=${samplesWanted}`, `-test.benchtime=${sampleTime}`]
  const result = await runBinary(binary, {
    go: request.go,
    flags,
    timeoutMs: benchmarkTimeoutMs,
    writable: [],
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  })
  const why = whyStuck(result)
  if (why !== undefined) return { kind: 'not-measured', why }
  const samples = readSamples(result.stdout, planned.name)
  if (samples.length < samplesWanted)
    return { kind: 'not-measured', why: samples.length === 0 ? 'nothing measures it' : `only ${samples.length} samples` }
  return { kind: 'measured', result: summarise(samples) }
}

function slow(planned: PlannedBenchmark, result: BenchmarkResult): readonly Finding[] {
  if (result.upperNs < planned.maxNs) return []
  return [
    {
      check: 'benchmarks',
      kind: 'benchmark',
      message: `${planned.name} takes ${sayNs(result.meanNs)} (95 % bound ${sayNs(result.upperNs)}); the plan allows ${sayNs(planned.maxNs)}.`,
      package: planned.package,
      test: planned.name,
      hint: 'Make it faster; a profile shows where the time goes (`go test -bench -cpuprofile`).',
    },
  ]
}

function sayResult(one: Measured): string {
  if (one.head.kind === 'not-measured') return `${one.planned.name} not measured`
  const base = one.base?.kind === 'measured' ? `, base ${sayNs(one.base.result.meanNs)}` : ''
  return `${one.planned.name} ${sayNs(one.head.result.meanNs)}, 95 % bound ${sayNs(one.head.result.upperNs)} of ${sayNs(one.planned.maxNs)}${base}`
}

function sayNs(ns: number): string {
  if (ns < 1_000) return `${ns.toPrecision(3)} ns`
  if (ns < 1_000_000) return `${(ns / 1_000).toPrecision(3)} µs`
  return `${(ns / 1_000_000).toPrecision(3)} ms`
}
