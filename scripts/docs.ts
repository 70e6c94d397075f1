// Writes the generated documentation; with --check it only says whether it is fresh.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { renderCommandTable } from './command-table.ts'

const files: Readonly<Record<string, string>> = { 'docs/commands.md': renderCommandTable() }
for (const [path, text] of Object.entries(files)) {
  const fresh = existsSync(path) && readFileSync(path, 'utf8') === text
  if (fresh) continue
  if (process.argv.includes('--check')) {
    console.error(`${path} is not fresh. Run \`npm run docs\` and commit it.`)
    process.exitCode = 1
  } else writeFileSync(path, text)
}
