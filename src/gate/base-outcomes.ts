// Outcomes of a base's tests that somebody had to ask about -> kept beside the base's measurements, so that they are run three times once.
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { parseJson } from '../parse-json.ts'

/** One test's outcomes at the base, run by run. `none`: the binary ran and did not name it. */
export const BaseOutcome = z.enum(['passed', 'failed', 'skipped', 'unfinished', 'missing', 'none'])
/** See the schema of the same name. */
export type BaseOutcome = z.infer<typeof BaseOutcome>

/** By `<import path>.<test>`. */
export type BaseOutcomes = ReadonlyMap<string, readonly BaseOutcome[]>

/** Where outcomes are kept. Contract: what is lost is run again; nothing rejects for a file that cannot be read. */
export interface OutcomeStore {
  read(): Promise<BaseOutcomes>
  add(more: BaseOutcomes): Promise<void>
}

const Kept = z.record(z.string(), z.array(BaseOutcome))

/** A store in one file. `path`: absolute; its name says for which base, Go version and flags. */
export function outcomeStore(path: string): OutcomeStore {
  const read = async (): Promise<BaseOutcomes> => {
    const text = await readFile(path, 'utf8').catch(() => '{}')
    const kept = Kept.safeParse(parseJson(text))
    return new Map(Object.entries(kept.success ? kept.data : {}))
  }
  return {
    read,
    add: async (more) => {
      if (more.size === 0) return
      const all = new Map([...(await read()), ...more])
      await mkdir(dirname(path), { recursive: true })
      const beside = `${path}.${randomBytes(6).toString('hex')}.tmp`
      await writeFile(beside, JSON.stringify(Object.fromEntries(all)))
      await rename(beside, path)
    },
  }
}
