// Git objects and refs through the API, made by real git. A bot's commit that names no author is GitHub's, and is signed.
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { git, readRef } from './git.ts'
import { commit as renderCommit, ref as renderRef } from './render.ts'
import { type Answer, type Call, invalid, made, notFound, ok, type Route } from './route.ts'
import { refusalOf } from './rules.ts'

const data = '/repos/{owner}/{repo}/git' as const

function withInput(
  gitDir: string,
  args: readonly string[],
  input: string | Buffer,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile('git', ['--git-dir', gitDir, ...args], { env: { ...process.env, ...env } }, (fault, out) =>
      fault === null ? resolve(out.trim()) : reject(fault),
    )
    // write-tree reads nothing and may be gone by now.
    child.stdin?.on('error', () => undefined).end(input)
  })
}

const hash = (gitDir: string, bytes: Buffer) => withInput(gitDir, ['hash-object', '-w', '--stdin'], bytes)

async function createBlob({ repository, body, places }: Call): Promise<Answer> {
  const sha = await hash(repository.gitDir, Buffer.from(String(body['content']), body['encoding'] === 'base64' ? 'base64' : 'utf8'))
  return made({ sha, url: `${places.url}/repos/${repository.owner.login}/${repository.name}/git/blobs/${sha}` })
}

interface WrittenEntry {
  readonly path: string
  readonly mode: string
  readonly sha?: string | null
  readonly content?: string
}

async function createTree({ repository, body, places }: Call): Promise<Answer> {
  const { gitDir } = repository
  const base = body['base_tree']
  const index = join(gitDir, `index-${randomUUID()}`)
  const env = { GIT_INDEX_FILE: index }
  try {
    if (base !== undefined && (await readRef(gitDir, `${String(base)}^{tree}`)) === undefined)
      return invalid('base_tree is not a valid tree oid')
    if (base === undefined) await withInput(gitDir, ['read-tree', '--empty'], '', env)
    else await withInput(gitDir, ['read-tree', String(base)], '', env)
    const lines: string[] = []
    for (const { path, mode, sha, content } of body['tree'] as readonly WrittenEntry[]) {
      const blob = sha ?? (content === undefined ? '0'.repeat(40) : await hash(gitDir, Buffer.from(content)))
      lines.push(`${sha === null ? '0' : mode} ${blob}\t${path}\0`)
    }
    await withInput(gitDir, ['update-index', '-z', '--index-info'], lines.join(''), env)
    const sha = await withInput(gitDir, ['write-tree'], '', env)
    return made({
      sha,
      url: `${places.url}/repos/${repository.owner.login}/${repository.name}/git/trees/${sha}`,
      truncated: false,
      tree: [],
    })
  } finally {
    rmSync(index, { force: true })
  }
}

async function createCommit({ repository, body, places, state, actor }: Call): Promise<Answer> {
  const {
    message,
    tree,
    parents = [],
    author,
    committer,
  } = body as {
    readonly message: string
    readonly tree: string
    readonly parents?: readonly string[]
    readonly author?: unknown
    readonly committer?: unknown
  }
  const isSigned = author === undefined && committer === undefined && actor.type === 'Bot'
  const seconds = Math.floor(state.now() / 1000)
  const lines = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${actor.login} <${actor.id}+${actor.login}@users.noreply.github.com> ${seconds} +0000`,
    `committer GitHub <noreply@github.com> ${seconds} +0000`,
    ...(isSigned ? ['gpgsig -----BEGIN PGP SIGNATURE-----', ' ', ' fake', ' -----END PGP SIGNATURE-----'] : []),
    '',
    message,
  ]
  const sha = await withInput(repository.gitDir, ['hash-object', '-t', 'commit', '-w', '--stdin'], lines.join('\n'))
  return made(renderCommit(places, repository, { sha, tree, parents, message, isSigned, at: seconds * 1000, by: actor }))
}

async function move(
  call: Call,
  ref: string,
  { from, force }: { readonly from: string | undefined; readonly force: boolean },
): Promise<Answer> {
  const { repository, body, places } = call
  const { gitDir } = repository
  const sha = String(body['sha'])
  if ((await readRef(gitDir, `${sha}^{commit}`)) === undefined) return invalid('Object does not exist')
  const isForward =
    from === undefined ||
    (await git(gitDir, 'merge-base', '--is-ancestor', from, sha).then(
      () => true,
      () => false,
    ))
  if (!isForward && !force) return invalid('Update is not a fast forward')
  const refusal = await refusalOf(repository, ref, sha)
  if (refusal !== undefined) return invalid(refusal)
  await git(gitDir, 'update-ref', ref, sha)
  const answer = renderRef(places, repository, { ref, sha })
  return from === undefined ? made(answer) : ok(answer)
}

export const gitRoutes: readonly Route[] = [
  { operation: `POST ${data}/blobs`, auth: ['contents', 'write'], creates: true, handle: createBlob },
  { operation: `POST ${data}/trees`, auth: ['contents', 'write'], creates: true, handle: createTree },
  { operation: `POST ${data}/commits`, auth: ['contents', 'write'], creates: true, handle: createCommit },
  {
    operation: `GET ${data}/ref/{ref}`,
    auth: ['contents', 'read'],
    handle: async ({ repository, params, places }) => {
      const sha = await readRef(repository.gitDir, `refs/${params['ref']}`)
      return sha === undefined ? notFound() : ok(renderRef(places, repository, { ref: `refs/${params['ref']}`, sha }))
    },
  },
  {
    operation: `POST ${data}/refs`,
    auth: ['contents', 'write'],
    creates: true,
    handle: async (call) => {
      const ref = String(call.body['ref'])
      if ((await readRef(call.repository.gitDir, ref)) !== undefined) return invalid('Reference already exists')
      return move(call, ref, { from: undefined, force: false })
    },
  },
  {
    operation: `PATCH ${data}/refs/{ref}`,
    auth: ['contents', 'write'],
    handle: async (call) => {
      const ref = `refs/${call.params['ref']}`
      const from = await readRef(call.repository.gitDir, ref)
      return from === undefined ? invalid('Reference does not exist') : move(call, ref, { from, force: call.body['force'] === true })
    },
  },
]
