// A process tree while it works: memory (PSS) and CPU time of the orchestrator and its starter, from /proc. What they start for agents is not theirs.
import { readdirSync, readFileSync } from 'node:fs'

/** One look. `atMs` since the epoch; `pssMb` in MB of 10^6 bytes; `cpuMs` since the processes began. */
export interface Look {
  readonly atMs: number
  readonly pssMb: number
  readonly cpuMs: number
}

/** Source: proc(5): times in /proc/<pid>/stat are in clock ticks; 100 a second on Linux. */
const msPerTick = 10

/** Looks again and again until `stop`. `isOurs` tells our processes by their command line, among `root` and what descends from it. */
export function watch(root: number, isOurs: (commandLine: string) => boolean, everyMs = 200): { stop(): readonly Look[] } {
  const looks: Look[] = []
  const look = () => {
    const pids = descendants(root).filter((pid) => isOurs(commandLineOf(pid)))
    if (pids.length > 0) looks.push({ atMs: Date.now(), pssMb: sum(pids.map(pssOf)), cpuMs: sum(pids.map(cpuOf)) })
  }
  const timer = setInterval(look, everyMs)
  return {
    stop: () => {
      clearInterval(timer)
      return looks
    },
  }
}

/** CPU spent between two times, by the looks nearest to them. */
export function cpuBetween(looks: readonly Look[], fromMs: number, toMs: number): number {
  const nearest = (atMs: number) => looks.reduce((best, look) => (Math.abs(look.atMs - atMs) < Math.abs(best.atMs - atMs) ? look : best))
  return looks.length === 0 ? Number.NaN : nearest(toMs).cpuMs - nearest(fromMs).cpuMs
}

/** The most memory between two times, in MB. */
export function peakBetween(looks: readonly Look[], fromMs: number, toMs: number): number {
  return Math.max(...looks.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs + 200).map(({ pssMb }) => pssMb))
}

/** The pids below a process, itself included. */
export function descendants(root: number): readonly number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/u.test(name)) continue
    const parent = Number(statOf(Number(name))[1])
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const found = [root]
  for (const pid of found) found.push(...(children.get(pid) ?? []))
  return found
}

/** A process's words, joined by spaces; '' when it is gone. */
export function commandLineOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')
}

function pssOf(pid: number): number {
  return (Number(/^Pss:\s+(\d+) kB/mu.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024) / 1e6
}

function cpuOf(pid: number): number {
  const fields = statOf(pid)
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * msPerTick
}

// The fields behind the name, which may hold spaces and parentheses: [0] is the state, [1] the parent.
function statOf(pid: number): readonly string[] {
  const text = read(`/proc/${pid}/stat`)
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
