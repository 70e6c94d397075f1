// Files of an artifact -> the zip that GitHub answers with; equal files give equal bytes.
import { strToU8, zipSync } from 'fflate'
import type { ArtifactFiles } from './actions-state.ts'

/** The earliest time that a zip can hold. */
const mtime = '1980-01-01T12:00:00'

export function zip(files: ArtifactFiles): Uint8Array {
  const entries = Object.entries(files).map(([path, file]) => [path, typeof file === 'string' ? strToU8(file) : file] as const)
  return zipSync(Object.fromEntries(entries), { mtime })
}
