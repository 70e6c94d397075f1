// PostgreSQL's programs on this machine -> a server of our own in a temporary folder, on a unix socket, gone when it is closed.
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { Clock, CommandResult, Exec } from '../../world.ts'
import type { Connection } from './psql.ts'

/** A running server. `socketDir`: absolute; `admin`: connects as its superuser. */
export interface LocalServer {
  readonly admin: Connection
  readonly socketDir: string
  readonly bin: string
  close(): Promise<void>
}

/** What a server is started with. `path`: where programs are looked for first. */
export interface LocalServerSetup {
  readonly exec: Exec
  readonly clock: Clock
  readonly path: string
}

const startTimeoutMs = 60_000
const pollMs = 100
const maxOutputBytes = 200_000

/** Starts one. Answers why when this machine has no PostgreSQL or it does not start. */
export async function startLocalServer(
  setup: LocalServerSetup,
): Promise<{ readonly kind: 'running'; readonly server: LocalServer } | { readonly kind: 'none'; readonly why: string }> {
  const bin = await findPrograms(setup.path)
  if (bin === undefined) return { kind: 'none', why: 'no PostgreSQL on this machine (initdb, postgres) and no DCE_GATE_DATABASE_URL' }
  // The system's temporary folder: a socket's path has at most 107 bytes, and another user must be able to reach it.
  const root = await realpath(await mkdtemp(join(tmpdir(), 'dce-pg-')))
  const user = await unprivilegedUser()
  const places = { root, data: join(root, 'data'), socketDir: join(root, 's') }
  await prepareFolders(places, user)
  const run = runAs({ setup, bin, user, cwd: root })
  const made = await run(['initdb', '-D', places.data, '-U', 'gate', '--auth=trust', '--no-sync', '--encoding=UTF8', '--no-locale'])
  if (!isZero(made)) return giveUp(root, `initdb failed: ${sayEnd(made)}`)
  const stop = new AbortController()
  const settings = ['listen_addresses=', 'fsync=off', 'full_page_writes=off', 'max_connections=20', 'shared_buffers=32MB']
  const server = run(['postgres', '-D', places.data, '-k', places.socketDir, ...settings.flatMap((one) => ['-c', one])], stop.signal)
  const admin: Connection = { PGHOST: places.socketDir, PGUSER: 'gate', PGDATABASE: 'postgres' }
  const ended = server.then(() => 'ended' as const)
  const close = async () => {
    stop.abort()
    await server
    await rm(root, { recursive: true, force: true })
  }
  const started = await Promise.race([isReady(setup, run, places.socketDir), ended])
  if (started === 'ready') return { kind: 'running', server: { admin, socketDir: places.socketDir, bin, close } }
  await close()
  return { kind: 'none', why: `the local PostgreSQL did not start: ${sayEnd(await server)}` }
}

async function giveUp(root: string, why: string): Promise<{ readonly kind: 'none'; readonly why: string }> {
  await rm(root, { recursive: true, force: true })
  return { kind: 'none', why }
}

async function isReady(setup: LocalServerSetup, run: RunProgram, socketDir: string): Promise<'ready' | 'late'> {
  const until = setup.clock.now() + startTimeoutMs
  while (setup.clock.now() < until) {
    if (isZero(await run(['pg_isready', '-q', '-h', socketDir]))) return 'ready'
    await setup.clock.sleep(pollMs)
  }
  return 'late'
}

/** Folder of initdb and postgres: beside the initdb on PATH, else Debian's folders, the newest version first. */
async function findPrograms(path: string): Promise<string | undefined> {
  const onPath = await Promise.all(path.split(delimiter).map((folder) => realpath(join(folder, 'initdb')).catch(() => undefined)))
  const versions = await readdir('/usr/lib/postgresql').catch(() => [])
  const debian = versions.sort((a, b) => Number(b) - Number(a)).map((version) => `/usr/lib/postgresql/${version}/bin`)
  const folders = [...onPath.flatMap((found) => (found === undefined ? [] : [dirname(found)])), ...debian]
  for (const folder of folders) if ((await exists(join(folder, 'initdb'))) && (await exists(join(folder, 'postgres')))) return folder
  return undefined
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

interface User {
  readonly uid: number
  readonly gid: number
}

// postgres refuses to run as root. Source: its own message.
async function unprivilegedUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const passwd = await readFile('/etc/passwd', 'utf8')
  for (const name of ['postgres', 'nobody']) {
    const entry = passwd
      .split('\n')
      .find((line) => line.startsWith(`${name}:`))
      ?.split(':')
    if (entry !== undefined) return { uid: Number(entry[2]), gid: Number(entry[3]) }
  }
  return undefined
}

async function prepareFolders(
  places: { readonly root: string; readonly data: string; readonly socketDir: string },
  user: User | undefined,
): Promise<void> {
  await mkdir(places.data, { mode: 0o700 })
  await mkdir(places.socketDir)
  for (const [path, mode] of [
    [places.root, 0o755],
    [places.data, 0o700],
    [places.socketDir, 0o755],
  ] as const) {
    await chmod(path, mode)
    if (user !== undefined) await chown(path, user.uid, user.gid)
  }
}

type RunProgram = (argv: readonly string[], signal?: AbortSignal) => Promise<CommandResult>

function runAs(how: {
  readonly setup: LocalServerSetup
  readonly bin: string
  readonly user: User | undefined
  readonly cwd: string
}): RunProgram {
  const { user, bin, cwd, setup } = how
  const drop = user === undefined ? [] : ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups']
  return ([program = '', ...args], signal) =>
    setup.exec.run({
      argv: [...drop, join(bin, program), ...args],
      cwd,
      env: { PATH: setup.path, LC_ALL: 'C.UTF-8', HOME: cwd, TMPDIR: cwd },
      timeoutMs: 24 * 60 * 60_000,
      maxOutputBytes,
      ...(signal === undefined ? {} : { signal }),
    })
}

function isZero(result: CommandResult): boolean {
  return result.exit.kind === 'exited' && result.exit.code === 0
}

function sayEnd(result: CommandResult): string {
  const said = `${result.stderr}${result.stdout}`.trim().split('\n').at(-1) ?? ''
  return said === '' ? result.exit.kind : said.slice(0, 300)
}
