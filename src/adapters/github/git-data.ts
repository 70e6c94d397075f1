// Git objects and refs through GitHub's API: for branches that take nothing that was pushed.
import { RequestError } from '@octokit/request-error'
import { asSha, type BranchName, type Sha } from '../../ids.ts'
import type { Place } from './github.ts'

/** Where a branch is; undefined when there is none. */
export async function readRef({ octokit, owner, name }: Place, branch: BranchName): Promise<Sha | undefined> {
  try {
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/git/ref/{ref}', { owner, repo: name, ref: `heads/${branch}` })
    return asSha(data.object.sha)
  } catch (cause) {
    if (cause instanceof RequestError && cause.status === 404) return undefined
    throw cause
  }
}
