// Rules of branches, enforced as GitHub does: before a push is taken, and before a ref is moved by the API.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Repository } from './state.ts'

// git hands each ref as `<old> <new> <name>`; what a push brings is not in any ref yet.
const hook = `#!/bin/sh
refuse() { printf 'error: GH013: Repository rule violations found for %s.\\n- %s\\n' "$1" "$2" >&2; exit 1; }
while read -r old new ref; do
  case "$new" in *[!0]*) ;; *) continue ;; esac
  printf '%s\\n' "$FAKE_RULES" | while IFS='	' read -r type pattern; do
    [ -n "$type" ] || continue
    printf '%s\\n' "\${ref#refs/heads/}" | grep -Eq "$pattern" || continue
    case "$type" in
      required_linear_history)
        [ -z "$(git rev-list --merges "$new" --not --all)" ] || refuse "$ref" 'This branch must not contain merge commits.' ;;
      required_signatures)
        for commit in $(git rev-list "$new" --not --all); do
          git cat-file commit "$commit" | sed '/^$/q' | grep -q '^gpgsig' || refuse "$ref" 'Commits must have verified signatures.'
        done ;;
      pull_request|deletion|non_fast_forward) ;;
      *) refuse "$ref" "It is against the rule $type." ;;
    esac
  done || exit 1
done
`

const fileOf = (gitDir: string) => join(gitDir, 'hooks', 'pre-receive')

/** Puts the hook into a new bare repository. */
export function enforceRules(gitDir: string): void {
  writeFileSync(fileOf(gitDir), hook, { mode: 0o755 })
}

/** What the hook goes by, as its environment. */
export function rulesEnv({ rules }: Repository): Readonly<Record<string, string>> {
  return { FAKE_RULES: rules.map(({ type, branches }) => `${type}\t${branches.source.replaceAll('\\/', '/')}`).join('\n') }
}

/** Why a ref may not be moved; undefined when it may. */
export function refusalOf(repository: Repository, ref: string, to: string): Promise<string | undefined> {
  const env = { ...process.env, GIT_DIR: repository.gitDir, ...rulesEnv(repository) }
  return new Promise((resolve) => {
    const child = execFile(fileOf(repository.gitDir), { env }, (fault, _out, said) => resolve(fault === null ? undefined : said.trim()))
    child.stdin?.on('error', () => undefined).end(`${'0'.repeat(40)} ${to} ${ref}\n`)
  })
}
