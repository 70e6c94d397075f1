// Inputs of actions/upload-artifact -> files in the folder that the fake GitHub makes a zip of. Names are unique in a run, hidden files stay out.
import { cpSync, existsSync, globSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'

const input = (name: string) => (process.env[`INPUT_${name.toUpperCase()}`] ?? '').trim()

function fail(message: string): never {
  console.log(`::error::${message}`)
  process.exit(1)
}

const workspace = process.env['GITHUB_WORKSPACE'] ?? '.'
const patterns = input('path')
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '')
const [excluded, included] = [
  patterns.filter((one) => one.startsWith('!')).map((one) => one.slice(1)),
  patterns.filter((one) => !one.startsWith('!')),
]
const filesOf = (pattern: string): readonly string[] => {
  const found = globSync(resolve(workspace, pattern))
  return found
    .flatMap((path) => (statSync(path).isDirectory() ? globSync(join(path, '**')) : [path]))
    .filter((path) => statSync(path).isFile())
}
const out = new Set(excluded.flatMap(filesOf))
const isHidden = (path: string) =>
  input('include-hidden-files') !== 'true' &&
  relative(workspace, path)
    .split(sep)
    .some((part) => /^\.[^.]/u.test(part))
const files = [...new Set(included.flatMap(filesOf))].filter((path) => !out.has(path) && !isHidden(path))

const name = input('name') || 'artifact'
const target = join(process.env['FAKE_GITHUB_ARTIFACTS'] ?? fail('FAKE_GITHUB_ARTIFACTS is not set'), encodeURIComponent(name))
if (files.length === 0) {
  const message = `No files were found with the provided path: ${input('path')}. No artifacts will be uploaded.`
  if (input('if-no-files-found') === 'error') fail(message)
  if (input('if-no-files-found') !== 'ignore') console.log(`::warning::${message}`)
  process.exit(0)
}
if (existsSync(target)) {
  if (input('overwrite') !== 'true')
    fail(
      'Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: an artifact with this name already exists on the workflow run',
    )
  rmSync(target, { recursive: true })
}
// One plain folder is the root of its files; several paths keep what tells them apart; a single file has none.
const folder =
  included.length === 1 && existsSync(resolve(workspace, included[0] ?? '')) ? resolve(workspace, included[0] ?? '') : undefined
const root =
  folder !== undefined && statSync(folder).isDirectory() ? folder : files.length === 1 ? dirname(files[0] ?? '') : commonFolder(files)
for (const file of files) {
  const to = join(target, relative(root, file) || basename(file))
  mkdirSync(dirname(to), { recursive: true })
  cpSync(file, to)
}
console.log(`Artifact ${name} has been successfully uploaded: ${files.length} files`)

function commonFolder(paths: readonly string[]): string {
  const parts = paths.map((path) => dirname(path).split(sep))
  const first = parts[0] ?? []
  const same = first.findIndex((part, at) => parts.some((other) => other[at] !== part))
  return (same < 0 ? first : first.slice(0, same)).join(sep) || sep
}
