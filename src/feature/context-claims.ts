// What an older context or plan says about files -> those statements that are not so in the tree. Pure.
import { posix } from 'node:path'
import { isRecord } from './older-context.ts'

/** A statement about one file. `where` names its place for people. */
interface Claim {
  readonly path: string
  readonly says: 'exists' | 'to-create'
  readonly where: string
}

const exists =
  /(created|artifacts?|complete(d)?|existing|implemented|done|outputs?|context_files|source_spec|spec_file|references?|master_plan_ref|changed_files)/iu
const toCreate = /(to_create|new_files|planned(_files)?|deliverables|will_create)$/iu
const file = /^(?:\.{0,2}\/)*[\w.@-]+(?:\/[\w.@-]+)*\.(?:go|sql|md|ya?ml|json|proto|graphqls?|sh|toml|mod|tmpl|html)$/u

/** Statements of a YAML value that are not so. `folder`: where the file stands, for paths relative to it. */
export function untrueInYaml(value: unknown, files: ReadonlySet<string>, folder: string): readonly string[] {
  return [...claimsIn(value, []).flatMap((claim) => untrue(claim, files, folder)), ...emptyDone(value, [])]
}

/** Statements of a plan's check boxes that are not so: a ticked line's files exist, an open line that creates files has them still to create. */
export function untrueInPlan(text: string, files: ReadonlySet<string>, folder: string): readonly string[] {
  return text.split('\n').flatMap((line, index) => {
    const box = /^\s*[-*]\s+\[(?<mark>[ xX])\]\s+(?<rest>.*)$/u.exec(line)?.groups
    if (box === undefined) return []
    const ticked = box['mark'] !== ' '
    if (!ticked && !/\b(create|add|new|write)\b/iu.test(box['rest'] ?? '')) return []
    const named = (box['rest'] ?? '').split(/[\s`"'()[\],;]+/u).filter((word) => file.test(word))
    return named.flatMap((path) =>
      untrue({ path, says: ticked ? 'exists' : 'to-create', where: `line ${index + 1} of the plan` }, files, folder),
    )
  })
}

function untrue({ path, says, where }: Claim, files: ReadonlySet<string>, folder: string): readonly string[] {
  // Writers meant paths from the root or from where their file stands.
  const readings = [posix.normalize(path), posix.normalize(posix.join(folder, path))].map((each) => each.replace(/^\.\//u, ''))
  const there = readings.some((reading) => files.has(reading))
  if (says === 'exists') return there ? [] : [`${where} says that ${path} exists; it does not.`]
  return there ? [`${where} says that ${path} is still to be created; it exists already.`] : []
}

function claimsIn(value: unknown, keys: readonly string[]): readonly Claim[] {
  if (typeof value === 'string') {
    const says = file.test(value) ? saying(keys) : undefined
    return says === undefined ? [] : [{ path: value, says, where: place(keys) }]
  }
  if (Array.isArray(value)) return value.flatMap((each: unknown, index) => claimsIn(each, [...keys, `[${index}]`]))
  if (!isRecord(value)) return []
  const status = typeof value['status'] === 'string' ? value['status'] : ''
  const mark = isDone(status) ? ['completed'] : /^(pending|planned|todo|not[ _]started)$/iu.test(status) ? ['planned'] : []
  return Object.entries(value).flatMap(([key, inner]) =>
    claimsIn(inner, /^(path|file|files)$/u.test(key) ? [...keys, ...mark.map((each) => `(${each})`), key] : [...keys, key]),
  )
}

/** The innermost word that says something about existence decides. */
function saying(keys: readonly string[]): Claim['says'] | undefined {
  for (const key of [...keys].reverse()) {
    const word = key.replace(/[()]/gu, '')
    if (toCreate.test(word)) return 'to-create'
    if (exists.test(word)) return 'exists'
  }
  return undefined
}

function place(keys: readonly string[]): string {
  return keys
    .filter((key) => !key.startsWith('('))
    .reduce((text, key) => (key.startsWith('[') || text === '' ? `${text}${key}` : `${text}.${key}`), '')
}

function isDone(status: string): boolean {
  return /^(complete(d)?|done|implemented|finished)$/iu.test(status)
}

/** Something called completed whose list of files is empty was never built. */
function emptyDone(value: unknown, keys: readonly string[]): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each: unknown, index) => emptyDone(each, [...keys, `[${index}]`]))
  if (!isRecord(value)) return []
  const list = ['artifacts', 'files', 'files_created', 'outputs'].map((key) => value[key]).find((each) => Array.isArray(each))
  const own = typeof value['status'] === 'string' && isDone(value['status']) && Array.isArray(list) && list.length === 0
  return [
    ...(own ? [`${place(keys) || 'the context'} is said to be completed, but names no file.`] : []),
    ...Object.entries(value).flatMap(([key, inner]) => emptyDone(inner, [...keys, key])),
  ]
}
