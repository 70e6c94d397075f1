// Threads of a pull request's reviews: their first comments, and answers to them.
import type { ThreadOnGitHub } from '../../github.ts'
import type { Place } from './github.ts'
import { makeOnce, notRepeated } from './make-once.ts'

/** Threads of all reviews, oldest first. An answer by a bot counts as ours: nobody else's bot answers in our place. */
export async function listThreads({ octokit, owner, name }: Place, pullRequest: number): Promise<readonly ThreadOnGitHub[]> {
  const comments = await octokit.paginate('GET /repos/{owner}/{repo}/pulls/{pull_number}/comments', {
    owner,
    repo: name,
    pull_number: pullRequest,
    per_page: 100,
  })
  const answered = new Set(
    comments.flatMap((one) => (one.in_reply_to_id !== undefined && one.user?.type === 'Bot' ? [Number(one.in_reply_to_id)] : [])),
  )
  return comments
    .filter((one) => one.in_reply_to_id === undefined)
    .map((one) => ({
      id: Number(one.id),
      review: Number(one.pull_request_review_id ?? 0),
      path: one.path,
      line: one.line ?? one.original_line,
      hunk: one.diff_hunk,
      text: one.body,
      replies: comments.filter((other) => other.in_reply_to_id === one.id).map((other) => Number(other.id)),
      hasAnswerOfOurs: answered.has(Number(one.id)),
    }))
}

/** Answers a thread and leaves it open. The same answer is not given twice. */
export async function answerThread(
  place: Place,
  answer: { readonly pullRequest: number; readonly thread: number; readonly body: string },
): Promise<void> {
  const { octokit, owner, name } = place
  const at = { owner, repo: name, pull_number: answer.pullRequest }
  await makeOnce({
    ...place,
    find: async () => {
      const comments = await octokit.paginate('GET /repos/{owner}/{repo}/pulls/{pull_number}/comments', { ...at, per_page: 100 })
      return comments.some((one) => one.in_reply_to_id === answer.thread && one.body === answer.body) ? true : undefined
    },
    make: async () => {
      const to = { ...at, comment_id: answer.thread, body: answer.body }
      await octokit.request('POST /repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies', { ...to, ...notRepeated })
      return true
    },
  })
}
