// A process and a mark in its environment -> nothing of it is left: act's steps leave its process group, so they are found by parent and by mark.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Kills the process, what it started, and all that carry `NAME=value` in their environment (where /proc tells). */
export function endProcesses(pid: number, mark: string): void {
  // Once more for what was started between the look and the blow.
  for (let round = 0; round < 3; round += 1) {
    const found = [...descendants(pid), ...marked(mark)]
    if (round > 0 && found.length === 0) return
    for (const one of round === 0 ? [pid, ...found] : found) end(one)
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

function descendants(root: number): readonly number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const pairs = lines.map((line) => line.trim().split(/\s+/u).map(Number))
  const below = (parent: number): readonly number[] => pairs.flatMap(([pid = 0, of]) => (of === parent ? [pid, ...below(pid)] : []))
  return below(root)
}

function marked(mark: string): readonly number[] {
  const here = (() => {
    try {
      return readdirSync('/proc')
    } catch {
      return []
    }
  })()
  return here.filter((name) => /^\d+$/u.test(name) && carries(name, mark)).map(Number)
}

function carries(pid: string, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark)
  } catch {
    return false
  }
}
