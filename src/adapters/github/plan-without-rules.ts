// A private repository on the Free plan has no rules, and GitHub answers a question for them with a refusal -> no rules.
import { RequestError } from '@octokit/request-error'

/** For `catch`: none where the plan has none. Errors: everything else again. Source: GitHub's answer, "Upgrade to GitHub Pro or make this repository public to enable this feature". */
export function noRulesOnThisPlan(cause: unknown): readonly [] {
  if (cause instanceof RequestError && cause.status === 403 && /upgrade to github/iu.test(cause.message)) return []
  throw cause
}
