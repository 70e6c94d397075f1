// What the compiler, the linker and the module loader printed -> build errors with paths relative to the repository root.
import { posix } from 'node:path'
import { z } from 'zod'
import type { BuildError } from './measurements.ts'

/** Where the printed paths start: the module's folder relative to the repository root, and the checkout's absolute path (to take it out of messages). */
export interface OutputPlace {
  readonly moduleDir: string
  readonly root: string
}

/** Text of one package's errors; `test`: it was the test variant of the package. */
export interface OutputText {
  readonly text: string
  readonly package?: string
  readonly test: boolean
}

const BuildEvent = z.object({ ImportPath: z.string().optional(), Action: z.string(), Output: z.string().optional() })

/** `go build -json` output, grouped by package in the order of first mention. Lines that are no JSON are left out: go prints them on stderr. */
export function parseBuildEvents(stdout: string): readonly OutputText[] {
  const texts = new Map<string, string>()
  for (const line of stdout.split('\n')) {
    const event = line.startsWith('{') ? BuildEvent.safeParse(JSON.parse(line)) : undefined
    if (event?.success !== true || event.data.Action !== 'build-output') continue
    const key = event.data.ImportPath ?? ''
    texts.set(key, (texts.get(key) ?? '') + (event.data.Output ?? ''))
  }
  return [...texts].map(([variant, text]) => ({ text, package: variant.replace(/ \[.*\]$/, ''), test: variant.includes(' [') }))
}

/** Errors in a text; a line that begins with a tab or blank belongs to the one before it. Equal errors are given once. */
export function parseErrors(output: OutputText, place: OutputPlace): readonly BuildError[] {
  const blocks: string[] = []
  for (const line of output.text.split('\n')) {
    if (line.startsWith('# ') || line.trim() === '') continue
    const last = blocks.at(-1)
    if (/^\s/.test(line) && last !== undefined) blocks[blocks.length - 1] = `${last} ${line.trim()}`
    else blocks.push(line)
  }
  return blocks.map((block) => toError(block, output, place))
}

/** One error of a text `path:line:column: message`, or of a message with no place. */
export function toError(block: string, output: Omit<OutputText, 'text'>, place: OutputPlace): BuildError {
  const found = /^(?:vet: )?(.+?\.(?:go|s|c|h|mod|sum|work)):(\d+)(?::\d+)?: (.*)$/s.exec(block)
  const message = tidy(found?.[3] ?? block, place)
  const file = found?.[1] === undefined ? undefined : relativePath(found[1], place)
  return {
    kind: isModuleMessage(message)
      ? 'module'
      : output.test && file?.endsWith('.go') !== false && isTestFile(file)
        ? 'test-compile'
        : 'compile',
    message,
    ...(output.package === undefined || output.package === '' ? {} : { package: output.package }),
    ...(file === undefined ? {} : { file, line: Number(found?.[2]) }),
  }
}

/** A path as printed by go (relative to the module, or absolute in the checkout) -> relative to the repository root. */
export function relativePath(printed: string, place: OutputPlace): string {
  if (printed.startsWith(`${place.root}/`)) return printed.slice(place.root.length + 1)
  return posix.isAbsolute(printed) ? printed : posix.normalize(posix.join(place.moduleDir, printed))
}

/** Errors without repetition: the compiler says the same of a package and of its test variant. */
export function distinctErrors(errors: readonly BuildError[]): readonly BuildError[] {
  const seen = new Map<string, BuildError>()
  for (const error of errors) {
    const key = JSON.stringify([error.file ?? error.package, error.line, error.message])
    if (!seen.has(key)) seen.set(key, error)
  }
  return [...seen.values()]
}

function isTestFile(file: string | undefined): boolean {
  return file === undefined || file.endsWith('_test.go')
}

function isModuleMessage(message: string): boolean {
  return /no required module provides package|missing go\.sum entry|go\.mod|go\.sum|module lookup disabled|cache\/download\/|errors parsing go\./.test(
    message,
  )
}

function tidy(message: string, place: OutputPlace): string {
  return message.replaceAll(`${place.root}/`, '').replaceAll(place.root, '.').trim()
}
