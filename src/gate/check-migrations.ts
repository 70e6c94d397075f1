// New migrations, applied to a real PostgreSQL: all up in order, the new ones down again, and up once more. A proof.
import type { OpenDatabase, ScratchDatabase, SqlAnswer } from '../world.ts'
import { type Change, type CheckFindings, findings } from './change.ts'
import type { Finding } from './failure.ts'
import { findMigrations, type MigrationFile, type MigrationFolder } from './migration-names.ts'
import { splitDirections } from './migration-texts.ts'

/** What migrations are applied with. `read`: the text of a file of the judged tree. */
export interface MigrationsRequest {
  readonly change: Change
  readonly openDatabase: OpenDatabase | undefined
  readonly read: (path: string) => Promise<string>
  readonly signal?: AbortSignal
}

/** Applies the folders that changed. Not applicable where nothing changed, or where the repository speaks to another database. */
export async function checkMigrations(request: MigrationsRequest): Promise<CheckFindings> {
  const changed = new Set(request.change.changes.map((one) => one.path as string))
  const isFresh = (file: MigrationFile) => request.change.base === undefined || changed.has(file.path)
  const folders = findMigrations(request.change.head.files).filter((folder) => folder.files.some(isFresh))
  if (folders.length === 0) return findings('migrations', { notApplicable: true, detail: 'no migration changed' })
  if (speaksOtherDialect(request.change))
    return findings('migrations', { notApplicable: true, detail: 'the repository does not use PostgreSQL' })
  const answers: FolderOutcome[] = []
  for (const folder of folders) answers.push(await applyFolder(request, folder, isFresh))
  return findings('migrations', {
    head: answers.flatMap((one) => one.findings),
    stuck: answers.flatMap((one) => one.stuck),
    detail: `${answers.reduce((sum, one) => sum + one.applied, 0)} migrations up, down and up again`,
    figures: { 'migrations applied': answers.reduce((sum, one) => sum + one.applied, 0) },
  })
}

interface FolderOutcome {
  readonly findings: readonly Finding[]
  readonly stuck: readonly string[]
  /** New migrations that went through all steps. */
  readonly applied: number
  /** True when a migration of the base is what was refused. */
  readonly brokenBefore?: boolean
}

// Drivers as their module paths begin.
const postgresDrivers = [
  'github.com/lib/pq',
  'github.com/jackc/pgx',
  'gorm.io/driver/postgres',
  'github.com/uptrace/bun/driver/pgdriver',
  'github.com/go-pg/pg',
]
const otherDrivers = [
  'github.com/go-sql-driver/mysql',
  'github.com/mattn/go-sqlite3',
  'modernc.org/sqlite',
  'gorm.io/driver/mysql',
  'gorm.io/driver/sqlite',
  'github.com/ClickHouse',
]

function speaksOtherDialect(change: Change): boolean {
  const requires = change.head.compile.modules.flatMap((module) => module.requires)
  const has = (drivers: readonly string[]) => requires.some((one) => drivers.some((driver) => one.startsWith(driver)))
  return has(otherDrivers) && !has(postgresDrivers)
}

async function applyFolder(
  request: MigrationsRequest,
  folder: MigrationFolder,
  isFresh: (file: MigrationFile) => boolean,
): Promise<FolderOutcome> {
  const steps = await planSteps(request, folder, isFresh)
  const whole = await applyInScratch(request, steps)
  if (!whole.brokenBefore) return whole
  // Where the base's own migrations cannot be applied here, the new ones may still stand on their own.
  const alone = await applyInScratch(
    request,
    steps.filter((step) => step.fresh),
  )
  return alone.findings.length === 0 && alone.stuck.length === 0 ? alone : whole
}

async function applyInScratch(request: MigrationsRequest, steps: readonly Step[]): Promise<FolderOutcome> {
  const opened = await request.openDatabase?.(request.signal)
  if (opened?.kind !== 'open') return { findings: [], stuck: [opened?.why ?? 'no database was configured'], applied: 0 }
  try {
    return await applySteps(request, opened.database, steps)
  } finally {
    await opened.database.close()
  }
}

interface Step {
  readonly file: MigrationFile
  readonly sql: string
  readonly fresh: boolean
  readonly what: 'up' | 'down' | 'up again'
}

async function planSteps(
  request: MigrationsRequest,
  folder: MigrationFolder,
  isFresh: (file: MigrationFile) => boolean,
): Promise<readonly Step[]> {
  const read = await Promise.all(
    folder.files.map(async (file) => ({ file, fresh: isFresh(file), text: splitDirections(await request.read(file.path)) })),
  )
  const ups = read.filter(({ file }) => file.direction !== 'down')
  const downs = read.flatMap(({ file, fresh, text }) => {
    const sql = file.direction === 'down' ? text.up : text.down
    return fresh && sql !== undefined && file.direction !== 'up' ? [{ file, fresh, sql, what: 'down' as const }] : []
  })
  // Only what can be taken back can be applied again.
  const again = ups.filter(
    ({ file, fresh }) => fresh && downs.some((down) => down.file.order === file.order && down.file.title === file.title),
  )
  return [
    ...ups.map(({ file, fresh, text }) => ({ file, fresh, sql: text.up, what: 'up' as const })),
    ...downs.reverse(),
    ...again.map(({ file, fresh, text }) => ({ file, fresh, sql: text.up, what: 'up again' as const })),
  ]
}

async function applySteps(request: MigrationsRequest, database: ScratchDatabase, steps: readonly Step[]): Promise<FolderOutcome> {
  const fresh = new Set(steps.filter((step) => step.fresh && step.what === 'up').map((step) => step.file.path)).size
  for (const step of steps) {
    request.signal?.throwIfAborted()
    const answer = await database.run(step.sql)
    if (answer.kind === 'done') continue
    if (answer.kind === 'stuck') return { findings: [], stuck: [`${step.file.path}: ${answer.why}`], applied: 0 }
    // What the base already brings and what the server lacks are not this change's doing.
    if (!step.fresh) {
      const why = `${step.file.path}, which the base has too, is refused: ${answer.message}`
      return { findings: [], stuck: [why], applied: 0, brokenBefore: true }
    }
    if (isMachines(answer)) return { findings: [], stuck: [`${step.file.path}: ${answer.message}`], applied: 0 }
    return { findings: [refused(step, answer)], stuck: [], applied: 0 }
  }
  return { findings: [], stuck: [], applied: fresh }
}

// What this server or this way of sending cannot do; another may.
function isMachines(answer: SqlAnswer & { readonly kind: 'refused' }): boolean {
  return /extension "[^"]+" is not available|could not open extension control file|permission denied to create extension|cannot run inside a transaction block/.test(
    answer.message,
  )
}

function refused(step: Step, answer: SqlAnswer & { readonly kind: 'refused' }): Finding {
  return {
    check: 'migrations',
    kind: 'migration',
    message: `PostgreSQL refuses ${step.file.path} (${step.what}): ${answer.message.split('\n')[0]}`,
    file: step.file.path,
    ...(answer.line === undefined ? {} : { line: answer.line }),
    hint:
      step.what === 'up'
        ? 'Mend the SQL; it is applied after all earlier migrations.'
        : 'The down migration has to take back all that the up migration makes, and nothing else.',
  }
}
