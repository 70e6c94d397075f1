// Verdict -> text for a person at a terminal: one line per check, then failures by check with place and hint, what is due, what the base has too. Pure.
import { type CheckName, type CheckResult, type Failure, sayVerdict, type Verdict } from '../gate/verdict.ts'
import { plainLine, plainLines } from './plain-line.ts'
import { paintLine, type Span, type Style, wrapColumns } from './terminal-line.ts'
import { count, listSome, sayDuration, shortSha } from './words.ts'

/** How it looks. `width`: columns, at least 40. `colour`: escape sequences are wanted. */
export interface VerdictLook {
  readonly width: number
  readonly colour: boolean
}

/** The look where nothing is known: wide enough for paths, narrow enough for a log. */
export const plainLook: VerdictLook = { width: 100, colour: false }

// Failures shown of one check; all of them are in the JSON. By taste: more is scrolled past.
const mostPerCheck = 20
// Lines shown of what a test or compiler printed. The rest is in the JSON.
const mostLines = 12

/** Lines of the text, without a line break at the end of any. */
export function renderVerdict(verdict: Verdict, look: VerdictLook = plainLook): readonly string[] {
  const paint = (spans: readonly Span[]) => paintLine(spans, look)
  return [
    paint([{ text: plainLine(sayVerdict(verdict)), style: verdictStyles[verdict.verdict] }, { text: sayAbout(verdict) }]),
    '',
    ...verdict.checks.map((check) => paint(checkSpans(check))),
    ...failureLines(verdict, look),
    ...noteLines(verdict, look),
  ]
}

const verdictStyles: Readonly<Record<Verdict['verdict'], Style>> = { green: 'green', red: 'red', unknown: 'yellow' }

function sayAbout(verdict: Verdict): string {
  const wave = verdict.wave === undefined ? '' : `, gate of wave ${verdict.wave}`
  const base = verdict.base === undefined ? ', without a base' : ` against ${shortSha(verdict.base)}`
  return ` (${shortSha(verdict.tree)}${base}${wave}, ${sayDuration(verdict.durationMs)})`
}

const states: Readonly<Record<CheckResult['state'], { readonly word: string; readonly style: Style }>> = {
  passed: { word: 'passed', style: 'green' },
  failed: { word: 'failed', style: 'red' },
  'could-not-run': { word: 'could not run', style: 'yellow' },
  'not-applicable': { word: 'does not apply', style: 'dim' },
}

function checkSpans(check: CheckResult): readonly Span[] {
  const state = states[check.state]
  const word = check.state === 'could-not-run' && !check.required ? 'not proven' : state.word
  const detail = plainLine(check.detail)
  return [{ text: `  ${check.check.padEnd(15)}` }, { text: word.padEnd(15), style: state.style }, { text: detail, style: 'dim' }]
}

function failureLines(verdict: Verdict, look: VerdictLook): readonly string[] {
  const byCheck = Map.groupBy(verdict.failures, (failure) => failure.check)
  return [...byCheck].flatMap(([check, failures]) => checkFailures(check, failures, look))
}

function checkFailures(check: CheckName, failures: readonly Failure[], look: VerdictLook): readonly string[] {
  const shown = failures.slice(0, mostPerCheck)
  const more = failures.length > shown.length ? [`  … and ${failures.length - shown.length} more; --json has all of them.`] : []
  const title = paintLine([{ text: `${check}: ${count(failures.length, 'failure')}`, style: 'bold' }], look)
  return ['', title, ...shown.flatMap((failure) => failureBlock(failure, look)), ...more]
}

function failureBlock(failure: Failure, look: VerdictLook): readonly string[] {
  const lines = plainLines(failure.message).filter((line) => line !== '')
  const message = lines.length > mostLines ? [...lines.slice(0, mostLines - 1), `… ${lines.length - mostLines + 1} more lines`] : lines
  const [first = '', ...rest] = message
  return [
    paintLine([{ text: `  ${placeOf(failure)}` }, { text: ` [${failure.kind}]`, style: 'red' }], look),
    ...indented(first, look),
    ...rest.map((line) => paintLine([{ text: `    ${line}` }], look)),
    ...indented(`-> ${plainLine(failure.hint)}`, look),
  ]
}

function placeOf(failure: Failure): string {
  if (failure.file !== undefined) return plainLine(`${failure.file}${failure.line === undefined ? '' : `:${failure.line}`}`)
  return plainLine(failure.package ?? failure.symbol ?? failure.check)
}

function indented(text: string, look: VerdictLook): readonly string[] {
  return wrapColumns(text, look.width - 4).map((line) => `    ${line}`)
}

function whereOf(failure: Failure): string {
  return plainLine(failure.file ?? failure.package ?? failure.message, 80)
}

function noteLines(verdict: Verdict, look: VerdictLook): readonly string[] {
  const due = verdict.due.map((one) => `${one.what} ${plainLine(one.subject)} (wave ${one.wave})`)
  const atBase = Object.entries(Object.groupBy(verdict.alsoAtBase, (failure) => failure.kind)).map(
    ([kind, all = []]) => `${all.length} ${kind} (${listSome([...new Set(all.map(whereOf))], 3)})`,
  )
  const notes = [
    ...verdict.notProven.map((proof) => `Not proven: ${proof.check}: ${plainLine(proof.reason)}`),
    ...(due.length === 0 ? [] : [`Due later: ${listSome(due, 8)}`]),
    ...(atBase.length === 0 ? [] : [`The base has too, not blamed: ${listSome(atBase, 8)}`]),
    ...(verdict.flaky.length === 0
      ? []
      : [
          `Flaky, not blamed: ${listSome(
            verdict.flaky.map((name) => plainLine(name)),
            8,
          )}`,
        ]),
  ]
  return notes.length === 0 ? [] : ['', ...notes.flatMap((note) => wrapColumns(note, look.width))]
}
