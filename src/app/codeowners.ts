// CODEOWNERS and the paths that changed -> who owns them: the last pattern that matches a path says it. Pure.
import picomatch from 'picomatch'

/** Where GitHub looks, the first that is there. Source: docs, "About code owners". */
export const codeownersPaths = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'] as const

/** Who is to be asked. Logins and team slugs, without `@`; `others`: owners that cannot be asked, as they are written. */
export interface Owners {
  readonly users: readonly string[]
  readonly teams: readonly string[]
  readonly others: readonly string[]
}

/** Owners of any of the paths, as the file names them first. `owner`: the account whose teams may be asked. */
export function ownersOf(text: string, paths: readonly string[], owner: string): Owners {
  const rules = rulesIn(text)
  const deciding = new Set(paths.map((path) => rules.findLast((rule) => rule.matches(path))))
  const names = [...new Set(rules.filter((rule) => deciding.has(rule)).flatMap((rule) => rule.owners))]
  const teams = names.filter((name) => name.startsWith('@') && name.includes('/'))
  const ours = teams.filter((team) => team.slice(1, team.indexOf('/')).toLowerCase() === owner.toLowerCase())
  return {
    users: names.filter((name) => /^@[^/]+$/u.test(name)).map((name) => name.slice(1)),
    teams: ours.map((team) => team.slice(team.indexOf('/') + 1)),
    others: names.filter((name) => !name.startsWith('@') || (name.includes('/') && !ours.includes(name))),
  }
}

interface Rule {
  readonly matches: (path: string) => boolean
  readonly owners: readonly string[]
}

// A line whose pattern GitHub does not take is skipped, as GitHub does. A pattern without owners takes a path from everybody.
function rulesIn(text: string): readonly Rule[] {
  return text.split(/\r?\n/u).flatMap((line) => {
    // A blank that belongs to a path is escaped; a comment may stand behind the owners.
    const words = line.trim().match(/(?:\\.|\S)+/gu) ?? []
    const end = words.findIndex((word) => word.startsWith('#'))
    const [pattern, ...owners] = end < 0 ? words : words.slice(0, end)
    if (pattern === undefined || pattern.startsWith('!')) return []
    return [{ matches: matcherOf(pattern.replaceAll('\\ ', ' ')), owners }]
  })
}

/** Like .gitignore, without its ranges and negations; a `*` at the end of a path does not reach below. Source: docs, "CODEOWNERS syntax". */
function matcherOf(pattern: string): (path: string) => boolean {
  const isAnchored = pattern.slice(0, -1).includes('/')
  const bare = (pattern.startsWith('/') ? pattern.slice(1) : pattern).replaceAll(/[[\](){}]/gu, '\\$&')
  const glob = isAnchored ? bare : `**/${bare}`
  const reachesBelow = !(isAnchored && /(?:^|\/)\*$/u.test(bare))
  const globs = glob.endsWith('/') ? [`${glob}**`] : [glob, ...(reachesBelow ? [`${glob}/**`] : [])]
  return picomatch(globs, { dot: true, nobrace: true, noextglob: true, nonegate: true })
}
