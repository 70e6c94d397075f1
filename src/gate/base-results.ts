// A base commit -> its measurements, made once and kept as JSON by commit, Go version and flags.
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { GoFacts } from '../go-facts.ts'
import type { Sha } from '../ids.ts'
import { parseJson } from '../parse-json.ts'
import type { MeasuredTree } from './change.ts'
import { CompileMeasure, StyleMeasure } from './measurements.ts'

/** What the results depend on. `cacheDir`: absolute; one file per key. */
export interface BaseKey {
  readonly cacheDir: string
  readonly base: Sha
  readonly goVersion: string
  readonly moduleDirs: readonly string[]
  readonly tags: readonly string[]
}

// Raised when the shape or the meaning of a measurement changes.
const version = 1

const Kept = z.strictObject({
  version: z.literal(version),
  files: z.array(z.string()),
  compile: CompileMeasure,
  style: StyleMeasure,
  facts: GoFacts,
  factsStuck: z.array(z.string()),
})

/** The kept results, or those of `measure`, which are kept when nothing in them is stuck. */
export async function baseResults(key: BaseKey, measure: () => Promise<MeasuredTree>): Promise<MeasuredTree> {
  const path = `${basePath(key)}.json`
  const kept = await readKept(path)
  if (kept !== undefined) return kept
  const measured = await measure()
  if (isWhole(measured)) await keep(path, measured)
  return measured
}

/** Where what is known of a base is kept: the beginning of a path. */
export function basePath(key: BaseKey): string {
  return join(key.cacheDir, `base-${digest(key)}`)
}

function isWhole(measured: MeasuredTree): boolean {
  return measured.compile.stuck.length === 0 && measured.style.stuck.length === 0 && measured.factsStuck.length === 0
}

function digest(key: BaseKey): string {
  const { cacheDir: _, ...facts } = key
  return createHash('sha256')
    .update(JSON.stringify([version, facts]))
    .digest('hex')
    .slice(0, 32)
}

async function readKept(path: string): Promise<MeasuredTree | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  const kept = text === undefined ? undefined : Kept.safeParse(parseJson(text))
  if (kept?.success !== true) return undefined
  const { version: _, ...measured } = kept.data
  return measured
}

// Written beside and renamed: a reader in another process sees all of it or nothing.
async function keep(path: string, measured: MeasuredTree): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true })
  const beside = `${path}.${randomBytes(6).toString('hex')}.tmp`
  await writeFile(beside, JSON.stringify({ version, ...measured }))
  await rename(beside, path)
}
