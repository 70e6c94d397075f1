// Where act is: on PATH, in the folder that DCE_TEST_ACT names, or where scripts/install-act.ts puts it.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The release that the tests were written with. */
export const actModule = 'github.com/nektos/act@v0.2.89'

/** What `scripts/install-act.ts` fills. */
export const actCacheDir = new URL('../../../node_modules/.cache/act', import.meta.url).pathname

/** Its absolute path, if it is there. */
export function lookForAct(): string | undefined {
  const folders = [process.env['DCE_TEST_ACT'] ?? '', ...(process.env['PATH'] ?? '').split(delimiter), actCacheDir]
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'act'))
    .find(isExecutable)
}

/** Its absolute path. Errors: throws when it is nowhere. */
export function findAct(): string {
  const found = lookForAct()
  if (found !== undefined) return found
  throw new Error(
    `act is not on PATH, not in the folder of DCE_TEST_ACT and not in ${actCacheDir}. \`node scripts/install-act.ts\` builds ${actModule} there; it needs Go and its module proxy.`,
  )
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
