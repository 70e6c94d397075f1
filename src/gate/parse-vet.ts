// `go vet -json` -> findings with paths relative to the repository root.
import { posix } from 'node:path'
import { z } from 'zod'
import { fileIn, type PackageFacts, type VetFinding } from './measurements.ts'

const Finding = z.object({ posn: z.string(), message: z.string() })
// An analyzer that failed answers an object with `error`; the compiler's own errors are measured elsewhere.
const Report = z.record(z.string(), z.record(z.string(), z.union([z.array(Finding), z.object({ error: z.string() })])))

/**
 * Findings in the order of go. Errors: throws on output that is no JSON (a cut or killed command): check the exit first.
 * Go keeps the findings of unchanged packages, with the paths of whatever checkout they were found in (tried, 1.26): only the file's name is
 * believed, and its package says where it is.
 */
export function parseVet(stdout: string, packages: readonly PackageFacts[]): readonly VetFinding[] {
  const dirs = new Map(packages.map((one) => [one.importPath, one.dir]))
  const text = stdout.replace(/^\{\}$/gm, '').replace(/^#.*$/gm, '')
  const reports = text.split(/^\}$/m).filter((part) => part.trim() !== '')
  return distinct(reports.flatMap((part) => findingsOf(Report.parse(JSON.parse(`${part}}`)), dirs)))
}

function findingsOf(report: z.infer<typeof Report>, dirs: ReadonlyMap<string, string>): readonly VetFinding[] {
  return Object.entries(report).flatMap(([variant, analyzers]) =>
    Object.entries(analyzers).flatMap(([analyzer, found]) => {
      const path = variant.replace(/ \[.*\]$/, '')
      const dir = dirs.get(path) ?? dirs.get(path.replace(/_test$/, ''))
      return Array.isArray(found) ? found.map((finding) => toFinding({ finding, analyzer, package: path, dir })) : []
    }),
  )
}

function toFinding(found: {
  readonly finding: z.infer<typeof Finding>
  readonly analyzer: string
  readonly package: string
  readonly dir: string | undefined
}): VetFinding {
  const [path, line] = /^(.*?):(\d+)(?::\d+)?$/.exec(found.finding.posn)?.slice(1) ?? []
  const at =
    path === undefined || found.dir === undefined ? {} : { file: fileIn({ dir: found.dir }, posix.basename(path)), line: Number(line) }
  const message = found.finding.message.replace(/(?:\/[^\s:/]+)+\/([^\s:/]+\.go)/g, '$1')
  return { analyzer: found.analyzer, package: found.package, message, ...at }
}

// A package and its test variant are vetted both: the same finding comes twice.
function distinct(findings: readonly VetFinding[]): readonly VetFinding[] {
  const seen = new Map(
    findings.map((finding) => [JSON.stringify([finding.file, finding.line, finding.analyzer, finding.message]), finding]),
  )
  return [...seen.values()]
}
