// Clone, fetch and push over HTTP: who may is asked first, and what a push moved is told when it is over.
import { readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { permits, type Who, whoHas } from './authenticate.ts'
import { serveGit } from './git.ts'
import { type Move, pushedEnv, readMoves } from './git-actions.ts'
import { rulesEnv } from './rules.ts'
import { type GitHubState, keyOf, nextId, type Repository } from './state.ts'

/** What the door asks of the service around it. `fault`: how this call goes wrong; `pushed`: what moved, and by whom. */
export interface GitDoor {
  readonly state: GitHubState
  readonly fault: (operation: 'git push' | 'git fetch') => 'hang' | { readonly status: number; readonly message?: string } | undefined
  readonly log: (operation: 'git push' | 'git fetch', path: string) => void
  readonly pushed: (repository: Repository, who: Who, moves: readonly Move[]) => Promise<void>
}

/** `owner`, `name` and `rest` of `/owner/name.git/rest`, if the path is one of git's. */
export function gitPathOf(pathname: string): Readonly<Record<string, string>> | undefined {
  return /^\/(?<owner>[^/]+)\/(?<name>[^/]+?)\.git(?<rest>\/.*)$/u.exec(pathname)?.groups
}

/** Clone and push with a token as password, as git sends it. */
export function handleGit(door: GitDoor, request: IncomingMessage, response: ServerResponse, path: Readonly<Record<string, string>>): void {
  const key = keyOf(path['owner'] ?? '', path['name'] ?? '')
  const repository = door.state.repositories.get(key)
  const [, encoded = ''] = /^basic (.+)$/iu.exec(request.headers.authorization ?? '') ?? []
  const who = whoHas(door.state, Buffer.from(encoded, 'base64').toString().split(':')[1] ?? '')
  if (repository === undefined || who?.installation?.repositories.has(key) !== true) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end('Bad credentials')
    return
  }
  const isPush = (request.url ?? '').includes('git-receive-pack')
  const operation = isPush ? 'git push' : 'git fetch'
  const fault = door.fault(operation)
  if (typeof fault === 'object') return void response.writeHead(fault.status).end(fault.message ?? '')
  if (fault === 'hang') return
  if (isPush && repository.archived) return void response.writeHead(403).end('This repository was archived so it is read-only.')
  if (!permits(who.permissions, ['contents', isPush ? 'write' : 'read'])) {
    return void response.writeHead(403).end(`Permission to ${key}.git denied to ${who.actor.login}.`)
  }
  door.log(operation, request.url ?? '')
  const pushed = join(repository.gitDir, `pushed-${nextId(door.state)}`)
  const done = async () => {
    const moves = takeMoves(pushed)
    if (moves.length > 0) await door.pushed(repository, who, moves)
  }
  serveGit(request, response, {
    gitDir: repository.gitDir,
    rest: path['rest'] ?? '',
    env: { [pushedEnv]: pushed, ...rulesEnv(repository) },
    done,
  })
}

function takeMoves(file: string): readonly Move[] {
  try {
    return readMoves(readFileSync(file, 'utf8'))
  } catch {
    // Nothing was pushed by this request.
    return []
  } finally {
    rmSync(file, { force: true })
  }
}
