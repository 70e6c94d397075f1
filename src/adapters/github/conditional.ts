// A question that is asked again and again -> its answer, at no cost while it has not changed: GitHub answers 304 to the ETag of last time. Source: github-pitfalls P17.
import { RequestError } from '@octokit/request-error'
import type { AnyOctokit } from './octokit.ts'

interface Answer<Data> {
  readonly data: Data
  readonly headers: { readonly etag?: string | undefined }
}

/** Answers of one Octokit, by question: what is forgotten is asked in full. */
const known = new WeakMap<AnyOctokit, Map<string, Answer<unknown>>>()
/** Questions remembered per Octokit; the oldest goes first. By taste. */
const mostKnown = 500

/** Asks. `question`: names it within the repository. Contract of `ask`: sends the given headers. Errors: what `ask` rejects with. */
export async function conditionally<Data>(
  { octokit, owner, name }: { readonly octokit: AnyOctokit; readonly owner: string; readonly name: string },
  question: string,
  ask: (headers: { readonly 'if-none-match'?: string }) => Promise<Answer<Data>>,
): Promise<Data> {
  const answers = known.get(octokit) ?? new Map<string, Answer<unknown>>()
  known.set(octokit, answers)
  const key = `${owner}/${name} ${question}`
  const before = answers.get(key) as Answer<Data> | undefined
  const etag = before?.headers.etag
  try {
    const answer = await ask(etag === undefined ? {} : { 'if-none-match': etag })
    answers.delete(key)
    answers.set(key, answer)
    const [oldest] = answers.keys()
    if (answers.size > mostKnown && oldest !== undefined) answers.delete(oldest)
    return answer.data
  } catch (cause) {
    if (before !== undefined && cause instanceof RequestError && cause.status === 304) return before.data
    throw cause
  }
}
