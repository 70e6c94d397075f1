// A text -> the lines that hold what looks like a credential. The value itself never leaves this file.
import { lintSource } from '@secretlint/core'
import { creator as recommended } from '@secretlint/secretlint-rule-preset-recommend'

/** A place that looks like a secret. `kind` is the rule's word for it, such as `GITHUB_TOKEN`. */
export interface FoundSecret {
  readonly line: number
  readonly kind: string
}

/** Machines that only the author can reach: a database password for them opens nothing. Names without a dot are services of a compose file. */
const nowhere = /^(localhost|127\.[\d.]+|\[?::1\]?|[^.\s]+|.*\.(local|localhost|test|example|invalid|internal))$/i
const connectionHost = /@(?<host>[^/:?@\s"'`]+)(?::\d+)?(?:[/?"'`]|$)/

/** Secrets in a text that are not in `before` already (the base's text): what stood there is not this work's. */
export async function findSecrets(request: {
  readonly path: string
  readonly text: string
  readonly before?: string
}): Promise<readonly FoundSecret[]> {
  const found = await lint(request.path, request.text)
  return found.filter(({ value }) => request.before?.includes(value) !== true).map(({ line, kind }) => ({ line, kind }))
}

async function lint(path: string, text: string): Promise<readonly (FoundSecret & { readonly value: string })[]> {
  // Comments can switch the linter off; here nobody may. The replacement is as long, so that places stay right.
  const content = text.replaceAll(/secretlint-disable/gi, 'secretlint-ignored')
  const extension = /\.[^./]*$/.exec(path)?.[0] ?? ''
  const result = await lintSource({
    source: { filePath: path, content, contentType: 'text', ext: extension },
    options: { noPhysicFilePath: true, config: { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: recommended }] } },
  })
  return result.messages
    .map(({ range, loc, messageId, ruleId }) => ({ value: content.slice(...range), line: loc.start.line, kind: messageId ?? ruleId }))
    .filter(
      ({ value, kind }) => !(kind.endsWith('Connection') && nowhere.test(connectionHost.exec(value)?.groups?.['host'] ?? 'remote.host')),
    )
}
