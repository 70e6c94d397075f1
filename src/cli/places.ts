// Environment -> the folders dce keeps things in, all outside the user's working tree.
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Absolute folders. `state` holds the journal and one folder a run; `cache` may be deleted at any time when nothing runs. */
export interface Places {
  readonly state: string
  readonly cache: string
}

/** XDG's base directories, with their defaults. Source: XDG Base Directory Specification 0.8. */
export function placesOf(env: Readonly<Record<string, string | undefined>>): Places {
  return {
    state: join(absolute(env['XDG_STATE_HOME']) ?? join(homedir(), '.local', 'state'), 'dce'),
    cache: join(absolute(env['XDG_CACHE_HOME']) ?? join(homedir(), '.cache'), 'dce'),
  }
}

// The specification says that relative paths are to be ignored.
function absolute(path: string | undefined): string | undefined {
  return path?.startsWith('/') === true ? path : undefined
}
