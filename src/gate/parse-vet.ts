// `go vet -json` -> findings with paths relative to the repository root.
import { z } from 'zod'
import type { VetFinding } from './measurements.ts'
import { type OutputPlace, relativePath } from './parse-build-output.ts'

const Finding = z.object({ posn: z.string(), message: z.string() })
// An analyzer that failed answers an object with `error`; the compiler's own errors are measured elsewhere.
const Report = z.record(z.string(), z.record(z.string(), z.union([z.array(Finding), z.object({ error: z.string() })])))

/** Findings in the order of go. Errors: throws on output that is no JSON (a cut or killed command): check the exit first. */
export function parseVet(stdout: string, place: OutputPlace): readonly VetFinding[] {
  const text = stdout.replace(/^\{\}$/gm, '').replace(/^#.*$/gm, '')
  const reports = text.split(/^\}$/m).filter((part) => part.trim() !== '')
  return distinct(reports.flatMap((part) => findingsOf(Report.parse(JSON.parse(`${part}}`)), place)))
}

function findingsOf(report: z.infer<typeof Report>, place: OutputPlace): readonly VetFinding[] {
  return Object.entries(report).flatMap(([variant, analyzers]) =>
    Object.entries(analyzers).flatMap(([analyzer, found]) =>
      Array.isArray(found) ? found.map((finding) => toFinding({ finding, analyzer, package: variant.replace(/ \[.*\]$/, '') }, place)) : [],
    ),
  )
}

function toFinding(
  found: { readonly finding: z.infer<typeof Finding>; readonly analyzer: string; readonly package: string },
  place: OutputPlace,
): VetFinding {
  const [file, line] = /^(.*?):(\d+)(?::\d+)?$/.exec(found.finding.posn)?.slice(1) ?? []
  const at = file === undefined ? {} : { file: relativePath(file, place), line: Number(line) }
  return { analyzer: found.analyzer, package: found.package, message: found.finding.message, ...at }
}

// A package and its test variant are vetted both: the same finding comes twice.
function distinct(findings: readonly VetFinding[]): readonly VetFinding[] {
  const seen = new Map(
    findings.map((finding) => [JSON.stringify([finding.file, finding.line, finding.analyzer, finding.message]), finding]),
  )
  return [...seen.values()]
}
