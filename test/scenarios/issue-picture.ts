// What GitHub shows of one issue's run when all is over, as text that two equal runs have in common: ids, times, sizes and money are left out.
import { execFileSync } from 'node:child_process'
import type { Issue, Repository } from '../fakes/github/state.ts'

/** The run of an issue by its board; '' while there is none. */
export function runOnBoard(repository: Repository, issue: number): string {
  const board = [...repository.comments.values()].find((one) => one.issue === issue && one.body.includes('<!-- dce-board'))
  return /Run `(?<run>[^`]+)`/u.exec(board?.body ?? '')?.groups?.['run'] ?? ''
}

/** Comments of bots, pull requests with theirs, check runs, branches with their trees: in an order of their own. */
export function pictureOf(repository: Repository, issue: number): readonly string[] {
  const run = runOnBoard(repository, issue)
  const git = (...args: readonly string[]) => execFileSync('git', ['--git-dir', repository.gitDir, ...args], { encoding: 'utf8' }).trim()
  const pulls = [...repository.issues.values()].filter(({ pull }) => pull?.head.startsWith(`dce/${run}/`) === true)
  const comments = (number: number) =>
    [...repository.comments.values()].filter((one) => one.issue === number && one.user.type === 'Bot').map(({ body }) => `comment\n${body}`)
  const checks = [...repository.checkRuns.values()]
    .filter(({ externalId }) => externalId.startsWith(`${run} `))
    .map(({ name, conclusion, output, annotations }) => `check ${name}: ${conclusion}, ${output.title}, ${count(annotations.length)}`)
  const branches = git('branch', '--list', `dce/${run}/*`, '--format=%(refname:short) %(tree)')
    .split('\n')
    // Both hold times: state and work.
    .filter((line) => !/\/(?:state|work) /u.test(line))
  const texts = [...comments(issue), ...pulls.flatMap((pull) => [sayPull(pull), ...comments(pull.number)]), ...checks]
  // Trees stay: they are what the run made.
  return [...texts.map((text) => plain(text, run)), ...branches.map((line) => line.replace(run, 'RUN'))].sort()
}

const count = (annotations: number) => `${annotations} annotations`

function sayPull({ title, body, state, labels, pull }: Issue): string {
  return `pull request ${title} (${state}${pull?.draft === true ? ', draft' : ''}) [${labels.join()}] -> ${pull?.base}\n${body}`
}

function plain(text: string, run: string): string {
  return text
    .replaceAll(run, 'RUN')
    .replaceAll(/\b(?=[0-9a-f]*\d)[0-9a-f]{7,40}\b/gu, 'SHA')
    .replaceAll(/#\d+|\bissue-\d+\.md|\b\d+ % of the input/gu, '#N')
    .replaceAll(/\$\d+\.\d+/gu, '$N')
    .replaceAll(/\b\d+(?:\.\d+)? [kM]\b/gu, 'N k')
    .replaceAll(/\b\d+ (?:ms|s|min|h)\b(?: \d+ (?:s|min)\b)?/gu, 'N s')
    .replaceAll(/<!-- dce-asks RUN [^>]*-->/gu, '<!-- dce-asks -->')
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/gu, 'http://github')
}
