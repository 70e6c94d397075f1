// The rules about files: where a plan may write, that a path has one owner, and that it agrees with the base commit. Pure; faults in words.
import picomatch from 'picomatch'
import { findOverlaps } from './ownership.ts'
import type { PlannedFile, Task } from './plan.ts'
import type { PlanFacts } from './plan-facts.ts'

type Facts = Pick<PlanFacts, 'files' | 'links' | 'whyProtected' | 'config'>

/** Faults of planned files and patterns. */
export function checkPaths(tasks: readonly Task[], facts: Facts): readonly string[] {
  const tree = treeOf(facts.files)
  return [
    ...tasks.flatMap((task) => task.files.flatMap((file) => fileFaults(task, file, tree, facts))),
    ...tasks.flatMap((task) =>
      task.paths.filter((path) => !isPlannedFile(task, path)).flatMap((pattern) => patternFaults(task, pattern, tree, facts)),
    ),
    ...overlapFaults(tasks, facts),
    ...caseFaults(tasks, facts.files),
  ]
}

interface Tree {
  readonly files: ReadonlySet<string>
  /** Every folder that holds a file, at any depth, without a slash at its end. */
  readonly folders: ReadonlySet<string>
}

function treeOf(files: ReadonlySet<string>): Tree {
  const folders = new Set<string>()
  for (const file of files) {
    for (let end = file.lastIndexOf('/'); end > 0 && !folders.has(file.slice(0, end)); end = file.lastIndexOf('/', end - 1)) {
      folders.add(file.slice(0, end))
    }
  }
  return { files, folders }
}

function isPlannedFile(task: Task, path: string): boolean {
  return task.files.some((file) => file.path === path)
}

function fileFaults(task: Task, file: PlannedFile, tree: Tree, facts: Facts): readonly string[] {
  const { path, change } = file
  const of = (fault: string) => `Task ${task.id}, ${path}: ${fault}`
  const shape = shapeFault(path)
  if (shape !== undefined) return [of(shape)]
  if (/[*?[\]{}]/u.test(path)) return [of('a planned file is one file; put patterns into paths.')]
  const where = placeFaults(path, facts).map(of)
  const exists = tree.files.has(path)
  if (change === 'create' && exists) return [...where, of('it exists already: plan it as edit, or choose another name.')]
  if (change === 'create' && tree.folders.has(path)) return [...where, of('it is a folder.')]
  if (change !== 'create' && !exists)
    return [
      ...where,
      of(`it does not exist in the base commit, so it cannot be ${change === 'edit' ? 'edited: plan it as create' : 'deleted'}.`),
    ]
  const above = foldersAbove(path).find((folder) => tree.files.has(folder))
  return above === undefined ? where : [...where, of(`${above} is a file, not a folder.`)]
}

/** A repository path as git keeps it: relative, `/` between parts, no empty, `.` or `..` part. */
function shapeFault(path: string): string | undefined {
  if (path.trim() === '' || path !== path.trim()) return 'a path must not be empty or begin or end with a space.'
  if (/^(\/|~|[A-Za-z]:)/u.test(path) || path.includes('\\'))
    return 'a path is relative to the repository’s root, with / between its parts.'
  if (/[\0-\x1f\x7f]/u.test(path)) return 'a path holds no control characters.'
  const parts = path.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return 'a path has no empty part, no . and no .. in it.'
  // NAME_MAX of the common file systems, in bytes; PATH_MAX is 4,096.
  return parts.some((part) => Buffer.byteLength(part) > 255) || path.length > 1024 ? 'the path is too long.' : undefined
}

function placeFaults(path: string, { config, whyProtected, links }: Facts): readonly string[] {
  const why = whyProtected(path)
  const link = [path, ...foldersAbove(path)].find((each) => links.has(each))
  return [
    ...(isInside(path, config.outputDir) ? [] : [`it lies outside ${config.outputDir}, the folder that this run may write.`]),
    ...(why === undefined ? [] : [`it is protected: ${why}.`]),
    ...(link === undefined ? [] : [`${link} is a link; plan the file it leads to.`]),
  ]
}

function isInside(path: string, folder: string): boolean {
  return folder === '.' || folder === '' || path.startsWith(`${folder.replace(/\/+$/u, '')}/`)
}

function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

function patternFaults(task: Task, pattern: string, tree: Tree, facts: Facts): readonly string[] {
  const of = (fault: string) => `Task ${task.id}, paths, ${pattern}: ${fault}`
  const plain = pattern.replace(/\/$/u, '')
  const shape = shapeFault(plain)
  if (shape !== undefined) return [of(shape)]
  const glob = /[*?[\]{}]/u.test(pattern)
  if (!glob && pattern.endsWith('/')) {
    return tree.folders.has(plain)
      ? [of('the folder exists and holds other people’s files: name files, or a glob such as dir/*_test.go.')]
      : placeFaults(`${plain}/x`, facts).map(of)
  }
  if (!glob && tree.folders.has(pattern)) return [of('it is a folder: name files, or a glob such as dir/*_test.go.')]
  if (!glob) return placeFaults(pattern, facts).map(of)
  const fixed = pattern.slice(0, pattern.search(/[*?[{]/u)).replace(/[^/]*$/u, '')
  const example = `${fixed}x`
  const wide =
    picomatch.isMatch(example, pattern, { dot: true }) &&
    tree.folders.has(fixed.replace(/\/$/u, '')) &&
    picomatch.isMatch(`${fixed}x/y/z.go`, pattern, { dot: true })
  return [
    ...(fixed === '' ? [of('a pattern begins with the folder it is about.')] : placeFaults(example, facts).map(of)),
    ...(wide ? [of('it takes a whole existing folder: name the files, or a narrower glob such as dir/*_test.go.')] : []),
  ]
}

function overlapFaults(tasks: readonly Task[], { files }: Facts): readonly string[] {
  // Only existing files that a pattern can meet matter; planned ones are looked at anyway.
  const folders = tasks.flatMap((task) =>
    task.paths.filter((path) => /[*?[{]|\/$/u.test(path)).map((path) => path.slice(0, path.search(/[*?[{]|$/u))),
  )
  const near = folders.length === 0 ? [] : [...files].filter((file) => folders.some((folder) => file.startsWith(folder)))
  return findOverlaps(tasks, near).map(
    ({ path, tasks: [one, other] }) =>
      `${path} would belong to two tasks, ${one} and ${other}: give it to one of them; the other meets it at a contract.`,
  )
}

/** On the file systems of macOS and Windows `Quota.go` and `quota.go` are one file. */
function caseFaults(tasks: readonly Task[], files: ReadonlySet<string>): readonly string[] {
  const created = tasks.flatMap((task) =>
    task.files.filter(({ change }) => change === 'create').map(({ path }) => ({ id: task.id, path: path as string })),
  )
  if (created.length === 0) return []
  const existing = new Map([...files].map((file) => [file.toLowerCase(), file]))
  const seen = new Map<string, string>()
  return created.flatMap(({ id, path }) => {
    const lower = path.toLowerCase()
    const twin = existing.get(lower) ?? seen.get(lower)
    seen.set(lower, path)
    return twin === undefined || twin === path ? [] : [`Task ${id}, ${path}: ${twin} differs only in upper and lower case.`]
  })
}
