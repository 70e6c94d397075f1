// src/action.ts -> dist/action.js, the one file that `uses:` runs: a runner has no node_modules. With --check it only says whether the committed one is fresh.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const path = join(root, 'dist/action.js')
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['src/action.ts'],
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  legalComments: 'none',
  // Names stay: whoever looks into it finds the functions of src/.
  minifyWhitespace: true,
  // CommonJS dependencies inside an ES module bundle still call require().
  banner: { js: "import { createRequire as dceCreateRequire } from 'node:module'; const require = dceCreateRequire(import.meta.url);" },
  // Only for allowed_hosts, and with programs of its own: see docs/github.md.
  external: ['@anthropic-ai/sandbox-runtime'],
  logLevel: 'warning',
})
const text = outputFiles[0]?.text ?? ''
if (!process.argv.includes('--check')) writeFileSync(path, text)
else if (readFileSync(path, 'utf8') !== text) {
  console.error('dist/action.js is not fresh. Run `npm run build:action` and commit it.')
  process.exitCode = 1
}
