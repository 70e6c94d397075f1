// A wave's verdict -> Markdown: checks, failures with their places, what is due later, what the base has too. For progress.md and pull request.
import { type Failure, sayVerdict, type Verdict } from '../gate/verdict.ts'
import type { WaveState } from '../run/state.ts'
import { inert, inertCode, table } from './inert-markdown.ts'
import { count, sayDuration } from './words.ts'

/** Failures shown of one gate; the rest is in failures.log. Chosen: a screen. */
const mostFailures = 20

/** `### Wave 2: red: 3 failures after 1 repair round`, and everything below it. */
export function gateSection(wave: Pick<WaveState, 'wave' | 'round'>, verdict: Verdict): readonly string[] {
  return [`### ${gateTitle(wave, verdict)}`, '', ...gateBody(verdict)]
}

/** Checks, failures and notes, without a title. */
export function gateBody(verdict: Verdict): readonly string[] {
  return [...checksTable(verdict), ...paragraph(failureList(verdict.failures)), ...paragraph(gateNotes(verdict))]
}

/** `Wave 2: green, not proven: benchmarks after 1 repair round`. */
export function gateTitle(wave: Pick<WaveState, 'wave' | 'round'>, verdict: Verdict): string {
  return `Wave ${wave.wave}: ${inert(sayVerdict(verdict))}${wave.round > 0 ? ` after ${count(wave.round, 'repair round')}` : ''}`
}

/** Every check with its state and figures. */
export function checksTable(verdict: Verdict): readonly string[] {
  const rows = verdict.checks.map((check) => [
    `${check.check}${check.required ? '' : ' (proof)'}`,
    check.state === 'could-not-run' ? 'could not run' : check.state === 'not-applicable' ? 'not applicable' : check.state,
    inert(check.detail, 200),
    sayDuration(check.durationMs),
  ])
  return rows.length === 0 ? ['No check ran.'] : table(['check', 'state', 'result', 'time'], rows)
}

/** One list item a failure, at most a screen of them, and how many more there are. */
export function failureList(failures: readonly Failure[]): readonly string[] {
  const shown = failures
    .slice(0, mostFailures)
    .map((failure) => `- ${placeOf(failure)}${inert(failure.message)} *${inert(failure.hint, 200)}*`)
  return failures.length > mostFailures ? [...shown, `- … and ${failures.length - mostFailures} more in failures.log`] : shown
}

function placeOf(failure: Failure): string {
  const place = failure.file === undefined ? failure.package : `${failure.file}${failure.line === undefined ? '' : `:${failure.line}`}`
  const test = failure.test === undefined ? '' : ` ${inertCode(failure.test)}`
  return `${failure.kind}${place === undefined ? '' : ` ${inertCode(place)}`}${test}: `
}

/** What a reader has to know beside red and green: due later, not proven, broken at the base, flaky. */
function gateNotes(verdict: Verdict): readonly string[] {
  const due = verdict.due.map((item) => `${item.what} ${inertCode(item.subject)} (wave ${item.wave})`)
  const unproven = verdict.notProven.map((proof) => `${proof.check} (${inert(proof.reason, 160)})`)
  return [
    ...(unproven.length === 0 ? [] : [`- Not proven: ${unproven.join(', ')}`]),
    ...(due.length === 0 ? [] : [`- Due later: ${due.join(', ')}`]),
    ...(verdict.alsoAtBase.length === 0
      ? []
      : [`- Broken at the base already, not blamed: ${count(verdict.alsoAtBase.length, 'failure')}`]),
    ...(verdict.flaky.length === 0
      ? []
      : [`- Failed and passed by turns, not blamed: ${verdict.flaky.map((test) => inertCode(test)).join(', ')}`]),
  ]
}

function paragraph(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', ...lines]
}
