// The programs under measurement as they are installed: bundled like the npm package, dce and what it is compared with alike.
import { join } from 'node:path'
import { bundle } from '../scripts/bundle.ts'
import { packageRoot } from '../src/cli/package-root.ts'

const folder = () => join(packageRoot(), 'dist', 'bench')

/** Bundles them anew. */
export async function bundlePrograms(): Promise<void> {
  const source = (...path: readonly string[]) => join(packageRoot(), ...path)
  const entries = {
    cli: source('src', 'cli.ts'),
    'bare-loop': source('bench', 'bare-loop.ts'),
    'thousand-agents': source('bench', 'thousand-agents.ts'),
  }
  await bundle(entries, folder())
}

/** Absolute path of one of them. */
export function program(name: 'cli' | 'bare-loop' | 'thousand-agents'): string {
  return join(folder(), `${name}.js`)
}

/** Tells the programs and their starters from what they start, by a command line. */
export function isProgram(commandLine: string): boolean {
  return /^\S*node\S* .*dist\/bench\/[a-z-]+\.js/u.test(commandLine) || /^\S*\/starter\/[0-9a-f]+\/starter /u.test(commandLine)
}
