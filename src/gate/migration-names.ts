// Paths of migrations -> how this repository names them, and which new ones break its habit. Pure; the known ways of naming are a table.
import { posix } from 'node:path'
import type { Finding } from './failure.ts'

/** A migration file, taken apart. `order` as written: its width is part of the habit. */
export interface MigrationFile {
  readonly path: string
  readonly scheme: SchemeName
  readonly order: string
  readonly title: string
  readonly direction: 'up' | 'down' | 'both'
}

/** A folder of migrations with the scheme that most of its files follow. */
export interface MigrationFolder {
  readonly dir: string
  readonly scheme: SchemeName
  /** In the order in which they are applied. */
  readonly files: readonly MigrationFile[]
}

// Ways of naming that tools of the Go world read: golang-migrate and tern-like pairs, Flyway, and one file with both directions (goose, dbmate, atlas).
const schemes = {
  pairs: /^(?<order>\d+)_(?<title>[\w-]+)\.(?<direction>up|down)\.sql$/,
  flyway: /^(?<direction>[VU])(?<order>[\d.]+)__(?<title>[\w-]+)\.sql$/,
  single: /^(?<order>\d+)[_-](?<title>[\w-]+)\.sql$/,
} as const
/** Name of a way of naming migrations. */
export type SchemeName = keyof typeof schemes

/** Folders that hold migrations: named so, anywhere in the tree but vendored code and test data. */
export function findMigrations(files: readonly string[]): readonly MigrationFolder[] {
  const inFolders = files.filter((path) => path.endsWith('.sql') && isMigrationFolder(posix.dirname(path)))
  return [...Map.groupBy(inFolders, (path) => posix.dirname(path))].flatMap(([dir, paths]) => {
    const parsed = paths.flatMap((path) => parseMigration(path) ?? [])
    const scheme = mostFrequent(parsed.map((file) => file.scheme))
    return scheme === undefined ? [] : [{ dir, scheme, files: parsed.filter((file) => file.scheme === scheme).sort(byOrder) }]
  })
}

function isMigrationFolder(dir: string): boolean {
  const parts = dir.split('/')
  return /^(db|sql)?_?migrations?$/.test(parts.at(-1) ?? '') && !parts.includes('vendor') && !parts.includes('testdata')
}

/** A path taken apart; undefined when it follows no known scheme. */
export function parseMigration(path: string): MigrationFile | undefined {
  for (const [scheme, pattern] of Object.entries(schemes) as [SchemeName, RegExp][]) {
    const groups = pattern.exec(posix.basename(path))?.groups
    if (groups === undefined) continue
    const word = groups['direction']
    const direction = word === undefined ? 'both' : word === 'down' || word === 'U' ? 'down' : 'up'
    return { path, scheme, order: groups['order'] ?? '', title: groups['title'] ?? '', direction }
  }
  return undefined
}

/** Compares places in the order of application. */
export function byOrder(a: MigrationFile, b: MigrationFile): number {
  return compareOrder(a.order, b.order)
}

function compareOrder(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

/** What is wrong with the names of new migrations, by the habit of the files that were there before. */
export function checkMigrationNames(request: { readonly head: readonly string[]; readonly base: readonly string[] }): readonly Finding[] {
  const known = new Set(request.base)
  const before = new Map(findMigrations(request.base).map((folder) => [folder.dir, folder]))
  const folders = findMigrations(request.head)
  return folders.flatMap((folder) => {
    const habit = before.get(folder.dir)
    const fresh = folder.files.filter((file) => !known.has(file.path))
    return [
      ...(habit === undefined ? [] : [...misnamed(request, habit), ...misplaced(fresh, habit)]),
      ...twice(folder, fresh),
      ...unpaired(folder, fresh, habit),
    ]
  })
}

function misnamed(
  request: { readonly head: readonly string[]; readonly base: readonly string[] },
  habit: MigrationFolder,
): readonly Finding[] {
  const known = new Set(request.base)
  const width = mostFrequent(habit.files.map((file) => file.order.length))
  const example = habit.files.at(-1)?.path ?? ''
  return request.head
    .filter((path) => path.endsWith('.sql') && posix.dirname(path) === habit.dir && !known.has(path))
    .filter((path) => {
      const file = parseMigration(path)
      return file === undefined || file.scheme !== habit.scheme || (!file.order.includes('.') && file.order.length !== width)
    })
    .map((path) =>
      finding(
        path,
        `${path} is not named as the migrations beside it (${posix.basename(example)}).`,
        `Name it like ${posix.basename(example)}.`,
      ),
    )
}

function misplaced(fresh: readonly MigrationFile[], habit: MigrationFolder): readonly Finding[] {
  const last = habit.files.at(-1)
  if (last === undefined) return []
  return fresh
    .filter((file) => compareOrder(file.order, last.order) <= 0 && !habit.files.some((other) => isPartner(file, other)))
    .map((file) =>
      finding(
        file.path,
        `${file.path} comes before ${posix.basename(last.path)}, which is applied already.`,
        'Give it a number after the last one.',
      ),
    )
}

function twice(folder: MigrationFolder, fresh: readonly MigrationFile[]): readonly Finding[] {
  return fresh
    .filter((file) => folder.files.some((other) => other.path !== file.path && other.order === file.order && !isPartner(file, other)))
    .map((file) =>
      finding(file.path, `Another migration has the number ${file.order} of ${file.path} too.`, 'Give each migration a number of its own.'),
    )
}

function unpaired(folder: MigrationFolder, fresh: readonly MigrationFile[], habit: MigrationFolder | undefined): readonly Finding[] {
  const model = habit ?? folder
  const paired = model.files.filter((file) => model.files.some((other) => isPartner(file, other)))
  if (folder.scheme === 'single' || (habit !== undefined && paired.length * 2 < habit.files.length)) return []
  return fresh
    .filter((file) => !folder.files.some((other) => isPartner(file, other)))
    .map((file) =>
      finding(
        file.path,
        `${file.path} has no ${file.direction === 'up' ? 'down' : 'up'} migration.`,
        'Write its partner: what one direction makes, the other takes back.',
      ),
    )
}

/** The other direction of the same migration. */
function isPartner(a: MigrationFile, b: MigrationFile): boolean {
  return a.order === b.order && a.title === b.title && a.direction !== b.direction
}

function finding(file: string, message: string, hint: string): Finding {
  return { check: 'naming', kind: 'migration', message, file, hint }
}

function mostFrequent<Value extends string | number>(values: readonly Value[]): Value | undefined {
  const counts = [...Map.groupBy(values, (value) => value)].map(([value, all]) => ({ value, count: all.length }))
  return counts.sort((a, b) => b.count - a.count)[0]?.value
}
