// A patch of what could not be pushed -> the comment that hands it over: where all of it is, and its text as far as a comment takes it. Pure.
import { inert, inertCode } from './inert-markdown.ts'
import { count } from './words.ts'

/** Characters of a patch in a comment: GitHub takes 65,536 in all. */
const maxPatchChars = 50_000

/** What was refused. `why`: GitHub's words. `path`: of the file, on the machine that carries the run. */
export interface RefusedWork {
  readonly run: string
  readonly branch: string
  readonly why: string
  readonly path: string
  readonly commits: number
  readonly patch: string
}

/** The comment, without its marker. */
export function renderPatchComment({ run, branch, why, path, commits, patch }: RefusedWork): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const isCut = patch.length > maxPatchChars
  const shown = isCut ? patch.slice(0, maxPatchChars) : patch
  const fence = '`'.repeat(Math.max(3, ...[...shown.matchAll(/`+/gu)].map(([ticks]) => ticks.length + 1)))
  return [
    `What run \`${run}\` built could not be pushed as ${inertCode(branch)}: ${inert(why, 1_000)}`,
    '',
    `It is kept as a patch of ${count(commits, 'commit')} where the run is carried out, in ${inertCode(path, 500)}. On its base, \`git am ${name}\` applies it.`,
    '',
    `<details><summary>${name}${isCut ? `, its first ${maxPatchChars} of ${patch.length} characters: all of it is in the file` : ''}</summary>`,
    '',
    `${fence}diff`,
    shown.trimEnd(),
    fence,
    '',
    '</details>',
  ].join('\n')
}
