// Commits -> checkouts of a judgement, made when they are first needed and removed at its end.
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Bug } from '../fault.ts'
import type { Sha } from '../ids.ts'
import type { Git } from '../world.ts'

/** Checkouts of one judgement. Absolute paths; `scratch` is a folder for what tools make, gone at the end like the rest. */
export interface Checkouts {
  head(): Promise<string>
  /** Errors: Bug when the judgement has no base. */
  base(): Promise<string>
  /** Any other commit. */
  at(commit: Sha): Promise<string>
  readonly scratch: string
}

/** Runs `use` with the checkouts of a tree and its base below `workDir`, and removes them whatever happens. */
export async function withCheckouts<Value>(
  request: { readonly git: Git; readonly workDir: string; readonly head: Sha; readonly base: Sha | undefined },
  use: (checkouts: Checkouts) => Promise<Value>,
): Promise<Value> {
  await mkdir(request.workDir, { recursive: true })
  const root = await realpath(await mkdtemp(join(request.workDir, 'judge-')))
  const made = new Map<string, Promise<string>>()
  const open = (name: string, commit: Sha): Promise<string> => {
    const path = join(root, name)
    const known = made.get(path) ?? request.git.addWorktree({ path, commit }).then(() => path)
    made.set(path, known)
    return known
  }
  const checkouts: Checkouts = {
    head: () => open('head', request.head),
    base: () =>
      request.base === undefined ? Promise.reject(new Bug('a judgement without a base asked for it')) : open('base', request.base),
    at: (commit) => open(commit, commit),
    scratch: join(root, 'scratch'),
  }
  try {
    await mkdir(checkouts.scratch)
    return await use(checkouts)
  } finally {
    await Promise.allSettled([...made.values()])
    for (const path of made.keys()) await request.git.removeWorktree(path)
    await rm(root, { recursive: true, force: true })
  }
}
