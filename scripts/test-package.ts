// The package as people install it: packed, installed in an empty folder, used from there. Run: npm run test:package
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'dce-package-'))

/** Runs a program and answers what it printed. Errors: what execFileSync throws, with the output in it. */
function run(command: string, words: readonly string[], cwd: string): string {
  return execFileSync(command, words, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 64 * 1024 * 1024 })
}

function expectIn(text: string, words: string, what: string): void {
  if (!text.includes(words)) throw new Error(`${what} does not say “${words}”:\n${text.slice(-4000)}`)
  console.log(`ok  ${what}`)
}

try {
  const packed = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder], root)) as readonly { readonly filename: string }[]
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  run('npm', ['install', '--no-audit', '--no-fund', join(folder, packed[0]?.filename ?? '')], folder)
  const installed = join(folder, 'node_modules', 'dce')
  const dce = (...words: readonly string[]) => run(process.execPath, [join(installed, 'bin', 'dce.js'), ...words], folder)
  expectIn(dce('specialists', 'lint'), 'no fault', 'dce specialists lint')
  expectIn(dce('help'), 'a gated, reviewable branch', 'dce help')
  expectIn(run(process.execPath, [join(installed, 'dist', 'demo.js')], folder), 'is finished: green', 'the demo')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
