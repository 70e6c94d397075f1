#!/usr/bin/env node
// The installed command. Plain JavaScript on purpose: an older Node gets a sentence, not a syntax error.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(
    `dce needs Node 24 or newer, this is ${process.versions.node}. Install it from https://nodejs.org, or run: npx -y -p node@24 -p dce dce ${process.argv.slice(2).join(' ')}`,
  )
  process.exit(4)
}
const bundle = new URL('../dist/cli.js', import.meta.url)
const source = new URL('../src/cli.ts', import.meta.url)
const entry = existsSync(fileURLToPath(bundle)) ? bundle : source
const { main } = await import(entry.href)
await main(process.argv.slice(2))
