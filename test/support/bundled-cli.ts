// Before all tests: the CLI, bundled as the npm package ships it. Starting it takes a third of what the sources take, hundreds of times.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { bundle } from '../../scripts/bundle.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Absolute path of the program `dce` as tests start it. */
    readonly cli: string
  }
}

/** Bundles into a folder of its own; answers how to remove it. */
export default async function setup(project: TestProject): Promise<() => void> {
  const dist = join(import.meta.dirname, '..', '..', 'dist')
  mkdirSync(dist, { recursive: true })
  const folder = mkdtempSync(join(dist, 'test-'))
  await bundle({ cli: join(import.meta.dirname, '..', '..', 'src', 'cli.ts') }, folder)
  project.provide('cli', join(folder, 'cli.js'))
  return () => rmSync(folder, { recursive: true, force: true })
}
