// A lock file between dce processes: one prepares a mirror, the others wait. A holder that died or hangs is replaced.
import { randomUUID } from 'node:crypto'
import { link, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { UserFault } from '../../fault.ts'

/** A holder renews its lock every 5 s; one that did not for a minute is dead. By taste. */
const renewMs = 5_000
const staleMs = 60_000
const pollMs = 50

/** Does the work while holding the lock file. Errors: UserFault (exit 3) when it is held longer than `waitMs`; whatever the work throws. */
export async function withLock<Value>(
  request: { readonly path: string; readonly waitMs: number },
  work: () => Promise<Value>,
): Promise<Value> {
  const token = `${process.pid} ${hostname()} ${randomUUID()}\n`
  await acquire({ ...request, token })
  const renewal = setInterval(() => {
    const now = new Date()
    utimes(request.path, now, now).catch(() => undefined)
  }, renewMs)
  renewal.unref()
  try {
    return await work()
  } finally {
    clearInterval(renewal)
    if ((await readIfThere(request.path)) === token) await rm(request.path, { force: true })
  }
}

async function acquire({ path, waitMs, token }: { readonly path: string; readonly waitMs: number; readonly token: string }): Promise<void> {
  const until = Date.now() + waitMs
  for (;;) {
    if (await create(path, token)) return
    await removeIfStale(path)
    if (Date.now() > until) {
      throw new UserFault({
        problem: `Another dce process has held ${path} for more than ${Math.round(waitMs / 1000)} s.`,
        hint: 'Wait for it to end, or end it, and start again.',
        exitCode: 3,
      })
    }
    await sleep(pollMs)
  }
}

async function create(path: string, token: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    await file.writeFile(token)
    await file.close()
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
}

async function removeIfStale(path: string): Promise<void> {
  const seen = await readIfThere(path)
  if (seen === undefined || !(await isStale(path, seen))) return
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
    // Between the look and the move a live process may have taken the lock: give it back.
    if ((await readIfThere(aside)) !== seen) await link(aside, path).catch(() => undefined)
    await rm(aside, { force: true })
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error
  }
}

async function isStale(path: string, content: string): Promise<boolean> {
  const [pid, host] = content.trim().split(' ')
  if (host === hostname() && pid !== undefined && !isAlive(Number(pid))) return true
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }))
  return Date.now() - mtimeMs > staleMs
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isCode(error, 'EPERM')
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
