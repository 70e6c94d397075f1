// This machine's processes -> what the journal's lock asks of them. Reads /proc on Linux, `ps` elsewhere.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Processes } from './sqlite-journal.ts'

/** The real processes of this machine. */
export function thisProcess(): Processes {
  return { pid: process.pid, startOf }
}

// Field 22 of /proc/<pid>/stat is the start time in clock ticks since boot; the name in field 2 may hold spaces and parentheses. Source: proc(5).
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : `${bootId()}:${fields[19]}`
  } catch {
    return process.platform === 'linux' ? undefined : startByPs(pid)
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

function startByPs(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
  } catch {
    return undefined
  }
}
