// Coverage profiles of the test runs -> how much of the new packages the tests reach. A proof; bulletproof asks for 90 %.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Change, type CheckFindings, findings } from './change.ts'
import type { Finding } from './failure.ts'
import type { PackageFacts } from './measurements.ts'
import { dueWave, splitDue } from './obligations.ts'
import { isTestSupport } from './unused-code.ts'

// Source: the seed, phase 7 ("Achieve 90%+ coverage"); product description, quality levels.
const threshold = 0.9

/** New packages whose coverage is measured at this gate, and those that are due later. */
export function packagesToCover(change: Change): { readonly now: readonly PackageFacts[]; readonly later: readonly PackageFacts[] } {
  const known = new Set(change.base?.compile.packages.map((one) => one.dir))
  const fresh =
    change.base === undefined || change.level === 'draft' ? [] : change.head.compile.packages.filter((one) => !known.has(one.dir))
  const functions = change.head.facts.symbols.filter((one) => !one.test && (one.kind === 'func' || one.kind === 'method'))
  const coded = new Set(functions.map((one) => one.package))
  const withCode = fresh.filter(
    (one) => coded.has(one.importPath) && one.compiles && one.name !== 'main' && !isTestSupport(`${one.dir}/x.go`),
  )
  return splitDue(change, withCode, (one) => dueWave(change, 'coverage', one.dir))
}

/** Judges the profiles in the folder. A package without a threshold is told, not judged. */
export async function checkCoverage(change: Change, coverDir: string): Promise<CheckFindings> {
  const { now, later } = packagesToCover(change)
  const due = later
    .filter((one) => hasThreshold(change, one))
    .map((one) => ({ what: 'coverage' as const, subject: one.dir, wave: dueWave(change, 'coverage', one.dir) }))
  if (now.length === 0) return findings('coverage', { notApplicable: true, detail: 'no new package', due })
  const shares = coverageOf(await readProfiles(coverDir), now)
  const measured = now.flatMap((one) => {
    const share = shares.get(one.importPath)
    return share === undefined ? [] : [{ one, share }]
  })
  return findings('coverage', {
    head: measured.filter(({ one }) => hasThreshold(change, one)).flatMap(({ one, share }) => tooLittle(one, share)),
    due,
    stuck: measured.length < now.length ? [`no test ran that counts ${now.find((one) => !shares.has(one.importPath))?.dir}`] : [],
    detail: measured.map(({ one, share }) => `${one.dir} ${percent(share)}`).join(', '),
    figures: Object.fromEntries(measured.map(({ one, share }) => [`coverage ${one.dir}`, percent(share)])),
  })
}

function hasThreshold(change: Change, one: PackageFacts): boolean {
  const named = change.plan?.due.some((duty) => duty.what === 'coverage' && duty.subject === one.dir) === true
  return named || change.level === 'bulletproof' || change.config.require.includes('coverage')
}

function tooLittle(one: PackageFacts, share: number): readonly Finding[] {
  if (share >= threshold) return []
  return [
    {
      check: 'coverage',
      kind: 'coverage',
      message: `Tests reach ${percent(share)} of ${one.dir}; ${percent(threshold)} is asked for.`,
      package: one.importPath,
      hint: 'Write tests for the statements that none reaches (`go test -coverprofile`).',
    },
  ]
}

async function readProfiles(coverDir: string): Promise<readonly string[]> {
  const names = await readdir(coverDir, { recursive: true }).catch(() => [])
  return Promise.all(names.filter((name) => name.endsWith('.cover')).map((name) => readFile(join(coverDir, name), 'utf8')))
}

/** Covered share of each package's statements, 0 to 1, over all profiles: what one binary reaches is reached. A package that no test binary holds has none. */
export function coverageOf(profiles: readonly string[], packages: readonly PackageFacts[]): ReadonlyMap<string, number> {
  const blocks = new Map<string, { readonly statements: number; reached: boolean }>()
  for (const line of profiles.flatMap((profile) => profile.split('\n'))) {
    const found = /^(.+\.go:[\d.,]+) (\d+) (\d+)$/.exec(line)
    if (found?.[1] === undefined) continue
    const block = blocks.get(found[1]) ?? { statements: Number(found[2]), reached: false }
    blocks.set(found[1], { statements: block.statements, reached: block.reached || Number(found[3]) > 0 })
  }
  if (profiles.length === 0) return new Map()
  return new Map(
    packages.map((one) => [one.importPath, shareOf([...blocks].filter(([place]) => isIn(place, one)).map(([, block]) => block))]),
  )
}

function shareOf(blocks: readonly { readonly statements: number; readonly reached: boolean }[]): number {
  const sum = (some: typeof blocks) => some.reduce((total, block) => total + block.statements, 0)
  const all = sum(blocks)
  return all === 0 ? 0 : sum(blocks.filter((block) => block.reached)) / all
}

// Profiles name files by import path.
function isIn(place: string, one: PackageFacts): boolean {
  return place.slice(0, place.lastIndexOf('/')) === one.importPath
}

function percent(share: number): string {
  return `${Math.floor(share * 1000) / 10} %`
}
