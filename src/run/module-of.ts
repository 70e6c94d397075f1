// A folder of the repository -> the Go module it lies in.
import { posix } from 'node:path'
import { UserFault } from '../fault.ts'
import { moduleDirsOf } from '../gate/gate-command.ts'
import type { Sha } from '../ids.ts'
import type { Git } from '../world.ts'

const whereItIsWritten = 'Change --output-dir, the front matter of the specification, or .github/dce.yml.'

/** Nothing is written through a link, or below a file. Errors: UserFault naming what stands there. */
export function refuseWhatIsNoFolder(
  folder: string,
  tree: { readonly files: ReadonlySet<string>; readonly links: ReadonlySet<string> },
): void {
  const parts = posix.normalize(folder).split('/')
  const above = parts.map((_, index) => parts.slice(0, index + 1).join('/'))
  const found = above.find((path) => tree.files.has(path))
  if (found === undefined) return
  throw new UserFault({
    problem: `\`output_dir\` must be a folder of the repository, got "${folder}": ${found} is a ${tree.links.has(found) ? 'link' : 'file'}.`,
    hint: tree.links.has(found) ? 'Name the folder that it leads to.' : whereItIsWritten,
  })
}

/** The module that `folder` lies in at a commit. Errors: as {@link moduleOf}. */
export async function moduleAt(git: Git, commit: Sha, folder: string): Promise<string> {
  return moduleOf(folder, await moduleDirsOf(git, [commit]))
}

/** The module folder nearest above `folder` (both relative to the root, `.` for the root). Errors: UserFault when there is none, naming those there are. */
export function moduleOf(folder: string, moduleDirs: readonly string[]): string {
  const wanted = posix.normalize(folder).replace(/(?<=.)\/+$/u, '')
  if (posix.isAbsolute(wanted) || wanted.split('/').some((part) => part === '..' || part.toLowerCase() === '.git')) {
    throw new UserFault({
      problem: `\`output_dir\` must be a folder inside the repository, relative to its root, got "${folder}".`,
      hint: whereItIsWritten,
    })
  }
  const around = moduleDirs.filter((dir) => dir === '.' || wanted === dir || wanted.startsWith(`${dir}/`))
  const nearest = around.toSorted((a, b) => b.length - a.length)[0]
  if (nearest !== undefined) return nearest
  if (moduleDirs.length === 0) {
    throw new UserFault({
      problem: 'The repository has no go.mod: dce works on Go modules.',
      hint: 'Run `go mod init <path>` and commit it first.',
    })
  }
  throw new UserFault({
    problem: `\`output_dir\` must lie in a Go module, got "${folder}".`,
    hint: `Say --output-dir ${moduleDirs[0]}${moduleDirs.length > 1 ? ` (modules: ${moduleDirs.join(', ')})` : ''}.`,
  })
}
