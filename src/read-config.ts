// The text of .github/dce.yml -> WrittenConfig, with the line of whatever is wrong. Read from the base commit, never from a worktree.
import { LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { WrittenConfig, WrittenGateConfig } from './config.ts'
import { UserFault } from './fault.ts'
import { nearestWord } from './nearest-word.ts'

/** Where the configuration stands in a target repository. */
export const configPath = '.github/dce.yml'

/** Parses the configuration. Errors: UserFault naming field, expected, found, and the line to edit. An empty file is an empty configuration. */
export function readConfig(text: string, path: string = configPath): WrittenConfig {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true })
  const broken = document.errors[0]
  if (broken !== undefined) {
    throw new UserFault({
      problem: `${path} line ${lines.linePos(broken.pos[0]).line} is not YAML: ${broken.message.split('\n')[0]}.`,
      hint: `Edit ${path}.`,
    })
  }
  const written: unknown = document.toJS() ?? {}
  const parsed = WrittenConfig.safeParse(written)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  if (issue === undefined) throw new UserFault({ problem: `${path} is not valid.`, hint: `Edit ${path}.` })
  const lineOf = (keys: readonly PropertyKey[]) => {
    const node = document.getIn([...keys], true) as { range?: readonly number[] } | undefined
    return node?.range?.[0] === undefined ? 1 : lines.linePos(node.range[0]).line
  }
  throw describeIssue(issue, { path, lineOf, found: valueAt(written, issue.path) })
}

/** One issue of zod's as a fault that names the field, what was expected, what was found, and where to change it. */
export function describeIssue(
  issue: z.core.$ZodIssue,
  where: { readonly path: string; readonly lineOf: (keys: readonly PropertyKey[]) => number; readonly found: unknown },
): UserFault {
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? ''
    const known = issue.path[0] === 'gate' ? Object.keys(WrittenGateConfig.shape) : Object.keys(WrittenConfig.shape)
    const near = nearestWord(key, known)
    const keys = [...issue.path, key]
    return new UserFault({
      problem: `There is no setting \`${keys.join('.')}\`.${near === undefined ? ` Known are ${known.join(', ')}.` : ` Did you mean \`${near}\`?`}`,
      hint: `Edit ${where.path} line ${where.lineOf(keys)}.`,
    })
  }
  return new UserFault({
    problem: `\`${issue.path.join('.')}\` must be ${expectation(issue)}, got ${JSON.stringify(where.found) ?? 'nothing'}.`,
    hint: `Edit ${where.path} line ${where.lineOf(issue.path)}.`,
  })
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`
    case 'invalid_type':
      return `a ${issue.expected}`
    case 'too_small':
      return `at least ${issue.inclusive === false ? 'more than ' : ''}${issue.minimum}`
    case 'too_big':
      return `at most ${issue.maximum}`
    default:
      return issue.message
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  )
}
