// Inputs of actions/download-artifact -> files of the run's artifacts in the workspace: one by its name, or each in a folder of its own.
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join, matchesGlob, resolve } from 'node:path'

const input = (name: string) => (process.env[`INPUT_${name.toUpperCase()}`] ?? '').trim()

const store = process.env['FAKE_GITHUB_ARTIFACTS'] ?? ''
const target = resolve(process.env['GITHUB_WORKSPACE'] ?? '.', input('path') || '.')
const there = existsSync(store) ? readdirSync(store).map(decodeURIComponent) : []
const asked = input('name')
const pattern = input('pattern')
const found = there.filter((name) => (asked === '' ? pattern === '' || matchesGlob(name, pattern) : name === asked))
if (asked !== '' && found.length === 0) {
  console.log(`::error::Unable to download artifact(s): Artifact not found for name: ${asked}`)
  process.exit(1)
}
mkdirSync(target, { recursive: true })
for (const name of found) {
  const isFlat = asked !== '' || input('merge-multiple') === 'true'
  cpSync(join(store, encodeURIComponent(name)), isFlat ? target : join(target, name), { recursive: true })
}
appendFileSync(process.env['GITHUB_OUTPUT'] ?? '', `download-path=${target}\n`)
