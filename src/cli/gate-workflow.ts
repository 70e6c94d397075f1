// The gate's workflow as `dce init` writes it: on branches of dce two jobs judge, without secrets and with read permission alone; on the default branch a third warms the caches they read.
import { artifactOf, gateJobs, reportFile } from '../app/read-gate-run.ts'
import type { Half } from '../gate/judge.ts'

/** What of it is the repository's. `action`: `owner/name@ref`. `goVersionFile`: a go.mod or go.work. */
export interface GateWorkflow {
  readonly action: string
  readonly defaultBranch: string
  readonly goVersionFile: string
}

/** The action as it is published; organisations that want a commit say `dce init --action owner/dce@SHA`. */
export const publishedAction = 'dce-dev/dce@v0'

// Caches of a branch are read by it and its children only: those of the default branch are everybody's, and nothing on dce/** can write them. Source: github-pitfalls P31.
const caches = ['~/go/pkg/mod', '~/.cache/dce']

/** The text. */
export function renderGateWorkflow(of: GateWorkflow): string {
  return `# Made by \`dce init\`. dce believes this gate only as long as the file is the same on the base branch and on the branch that is judged.
name: dce gate
run-name: dce gate on \${{ github.ref_name }}

on:
  push:
    branches:
      - ${JSON.stringify(of.defaultBranch)}
      - 'dce/**'
      - '!dce/*/gate'
      - '!dce/*/pr'
      - '!dce/*/state'
      - '!dce/*/work'
  workflow_dispatch:

permissions:
  contents: read

jobs:
${job(of, 'reading', 'Compiles and reads; nothing of what is judged is executed.')}
${job(of, 'executing', 'Runs tests, migrations and benchmarks. Its word counts for the tests that `judge` finds in the files.')}
  warm:
    # The caches that both jobs read are written here alone.
    if: github.ref_name == ${quoted(of.defaultBranch)} && github.event_name == 'push'
    runs-on: ubuntu-latest
    timeout-minutes: 60
    continue-on-error: true
    steps:
${steps(of, 'actions/cache@v5')}
      - uses: ${of.action}
        with:
          command: gate
          part: judge
`
}

function job(of: GateWorkflow, half: Half, why: string): string {
  return `  ${gateJobs[half]}:
    # ${why}
    if: github.ref_name != ${quoted(of.defaultBranch)}
    runs-on: ubuntu-latest
    timeout-minutes: 90
    steps:
${steps(of, 'actions/cache/restore@v5')}
      - id: gate
        uses: ${of.action}
        with:
          command: gate
          part: ${gateJobs[half]}
      - if: always()
        uses: actions/upload-artifact@v6
        with:
          name: ${artifactOf(half)}
          path: \${{ runner.temp }}/dce/${reportFile}
          if-no-files-found: ignore
          overwrite: true
          retention-days: 14
`
}

function steps(of: GateWorkflow, cache: string): string {
  return `      - uses: actions/checkout@v5
        with:
          fetch-depth: 0
          persist-credentials: false
      - uses: actions/setup-go@v6
        with:
          go-version-file: ${of.goVersionFile}
          cache: false
      - uses: ${cache}
        with:
          path: |
${caches.map((path) => `            ${path}`).join('\n')}
          key: dce-gate-\${{ runner.os }}-\${{ hashFiles('**/go.sum') }}-\${{ github.sha }}
          restore-keys: |
            dce-gate-\${{ runner.os }}-\${{ hashFiles('**/go.sum') }}-
            dce-gate-\${{ runner.os }}-`
}

// In an expression a quote is doubled.
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
