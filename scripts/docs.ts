// Writes the generated documentation; with --check it only says whether it is fresh.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { stringify } from 'yaml'
import { appManifest } from '../src/app/app-manifest.ts'
import { publishedAction, renderGateWorkflow } from '../src/cli/gate-workflow.ts'
import { renderCommandTable } from './command-table.ts'

const files: Readonly<Record<string, string>> = {
  'docs/commands.md': renderCommandTable(),
  'examples/workflows/dce-gate.yml': renderGateWorkflow({ action: publishedAction, defaultBranch: 'main', goVersionFile: 'go.mod' }),
  'app.yml': `# Generated from src/app/app-manifest.ts by \`npm run docs\`: the manifest with which the App is made on GitHub.\n${stringify(appManifest())}`,
}
for (const [path, text] of Object.entries(files)) {
  const fresh = existsSync(path) && readFileSync(path, 'utf8') === text
  if (fresh) continue
  if (process.argv.includes('--check')) {
    console.error(`${path} is not fresh. Run \`npm run docs\` and commit it.`)
    process.exitCode = 1
  } else writeFileSync(path, text)
}
