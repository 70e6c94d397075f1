// What no main reaches -> findings: files and symbols that nothing uses, constructors that nothing calls. Due with the wiring. Pure.
import type { GoUnreached } from '../go-facts.ts'
import { generatedFiles, type MeasuredTree } from './change.ts'
import type { Finding } from './failure.ts'
import type { Owed } from './obligations.ts'
import { symbolName } from './stubs.ts'

/** Files and symbols that nothing reaches. A file of which nothing is used is named once, its symbols are not. */
export function unusedCode(tree: MeasuredTree): readonly Owed[] {
  const files = unusedFiles(tree)
  const names = new Set(files.map((one) => one.file))
  return [
    ...files.map((one) => ({ finding: fileFinding(one.file, one.package), subjects: [one.file] })),
    ...unusedSymbols(tree).filter(({ finding }) => !names.has(finding.file ?? '')),
  ]
}

/** The same of a base: symbols of unused files too, for the rest of such a file is no more unused when the first of it is used. */
export function unusedBefore(tree: MeasuredTree): readonly Owed[] {
  return [...unusedCode(tree), ...unusedSymbols(tree)]
}

function unusedFiles(tree: MeasuredTree): MeasuredTree['facts']['unusedFiles'] {
  const generated = generatedFiles(tree)
  return tree.facts.unusedFiles.filter((one) => !isTestSupport(one.file) && !generated.has(one.file))
}

function unusedSymbols(tree: MeasuredTree): readonly Owed[] {
  const generated = generatedFiles(tree)
  // A handler that is not mounted is said once, by what it lacks.
  const handlers = new Set(tree.facts.unmountedHandlers.map((one) => `${one.package}.${symbolName(one)}`))
  const isHandler = (one: GoUnreached) => handlers.has(`${one.package}.${symbolName(one)}`)
  return tree.facts.unreached
    .filter((one) => !one.constructor && !generated.has(one.file) && !isHandler(one) && isOwed(one))
    .map((one) => ({ finding: symbolFinding(one), subjects: [`${one.package}.${symbolName(one)}`, one.file] }))
}

/** Constructors that no main reaches. */
export function uncalledConstructors(tree: MeasuredTree): readonly Owed[] {
  const generated = generatedFiles(tree)
  return tree.facts.unreached
    .filter((one) => one.constructor && !isTestSupport(one.file) && !generated.has(one.file))
    .map((one) => ({ finding: constructorFinding(one), subjects: [`${one.package}.${one.name}`] }))
}

// A method that tests use belongs to what its type can do; a function or type that only tests use was written for nobody.
function isOwed(one: GoUnreached): boolean {
  return !isTestSupport(one.file) && !(one.kind === 'method' && one.reachedFromTests)
}

const supportFolder =
  /^(tests?|testutils?|testhelpers?|testkit|testsupport|testing|mocks?|fakes?|stubs?|fixtures?|\w+(test|mocks?|fakes?))$/
const supportFile = /^(mock|fake|stub)s?_\w+\.go$|_(mock|fake|stub)s?\.go$|^(mock|fake|stub)s?\.go$/

/** Production files that only tests are meant to use: by the names that Go programs give to such folders and files. */
export function isTestSupport(file: string): boolean {
  const parts = file.split('/')
  return supportFile.test(parts.at(-1) ?? '') || parts.slice(0, -1).some((part) => supportFolder.test(part))
}

function fileFinding(file: string, path: string): Finding {
  return {
    check: 'expected-files',
    kind: 'unused',
    message: `Nothing uses what ${file} declares.`,
    file,
    package: path,
    hint: 'Use it where the feature needs it, or leave it out.',
  }
}

function symbolFinding(one: GoUnreached): Finding {
  return {
    check: 'expected-files',
    kind: 'unused',
    message: `${symbolName(one)} is used by nothing${one.reachedFromTests ? ' but tests' : ''}.`,
    file: one.file,
    line: one.line,
    package: one.package,
    symbol: symbolName(one),
    hint: 'Use it where the feature needs it, or leave it out.',
  }
}

function constructorFinding(one: GoUnreached): Finding {
  return {
    check: 'conformance',
    kind: 'not-constructed',
    message: `${one.name} is called by nothing that a main reaches.`,
    file: one.file,
    line: one.line,
    package: one.package,
    symbol: one.name,
    hint: 'Wire it: construct it where the program is put together.',
  }
}
