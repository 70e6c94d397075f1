// This file, in a checkout or in a bundle -> the folder of the package, where specialists/ and analyzer/ are.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Bug } from '../fault.ts'

/** Absolute path of the package. Errors: Bug when its files are not there (a broken installation). */
export function packageRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'specialists')) && existsSync(join(folder, 'analyzer', 'go.mod'))) return folder
    if (folder === dirname(folder)) throw new Bug('the package is not whole: specialists/ and analyzer/ are missing beside the program')
  }
}
