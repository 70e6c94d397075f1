// Pages of a repository -> one text: what a person who opens them sees. Scenarios and the demo print it.
import type { Repository } from './state.ts'

/** Issues and pull requests with their comments, then check runs, in order. */
export function transcript(repository: Repository): string {
  const checks = [...repository.checkRuns.values()].map(
    (run) => `check ${run.name} on ${run.headSha.slice(0, 7)}: ${run.conclusion ?? run.status}`,
  )
  const threads = [...repository.issues.values()].map((issue) => {
    const comments = [...repository.comments.values()].filter((comment) => comment.issue === issue.number)
    const told = comments.map(
      (comment) => `--- ${comment.user.login} [${comment.reactions.map(({ content }) => content).join(' ')}]\n${comment.body}`,
    )
    return [
      `${issue.pull === undefined ? 'Issue' : 'Pull request'} #${issue.number} ${issue.title} (${issue.state})`,
      issue.body ?? '',
      ...told,
    ].join('\n')
  })
  return [...threads, ...checks].join('\n\n')
}
