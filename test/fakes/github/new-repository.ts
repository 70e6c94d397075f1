// A name -> an empty bare repository on disk, with the app installed on it.
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { hearPushes } from './git-actions.ts'
import { enforceRules } from './rules.ts'
import { type Account, type GitHubState, type Installation, keyOf, nextId, type Repository, type Role } from './state.ts'

/** What a repository is made with. */
export interface RepositoryOptions {
  readonly private?: boolean
  readonly roles?: Readonly<Record<string, Role>>
}

/** `newGitDir` says where it lies, `person` makes accounts known. */
export interface RepositoryStage {
  readonly state: GitHubState
  readonly newGitDir: (key: string) => string
  readonly person: (login: string, type?: Account['type']) => Account
}

/** Makes it. */
export function newRepository({ state, newGitDir, person }: RepositoryStage, full: string, options: RepositoryOptions): Repository {
  const [owner = '', name = ''] = full.split('/')
  const key = keyOf(owner, name)
  const gitDir = newGitDir(key)
  mkdirSync(dirname(gitDir), { recursive: true })
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', gitDir])
  execFileSync('git', ['--git-dir', gitDir, 'config', 'http.receivepack', 'true'])
  execFileSync('git', ['--git-dir', gitDir, 'config', 'uploadpack.allowFilter', 'true'])
  hearPushes(gitDir)
  enforceRules(gitDir)
  const account = person(owner, 'Organization')
  const made: Repository = {
    id: nextId(state),
    owner: account,
    name,
    private: options.private ?? true,
    defaultBranch: 'main',
    gitDir,
    archived: false,
    hasIssues: true,
    allowsDrafts: true,
    roles: new Map(Object.entries(options.roles ?? {})),
    teams: new Set(),
    issues: new Map(),
    comments: new Map(),
    labels: new Map(),
    checkRuns: new Map(),
    rules: [],
    actionsEnabled: true,
    workflows: new Map(),
    workflowRuns: new Map(),
    lastNumber: 0,
  }
  for (const login of made.roles.keys()) person(login)
  state.repositories.set(key, made)
  const there = [...state.installations.values()].find((one) => one.account.login === account.login)
  if (there === undefined) {
    const installation: Installation = {
      id: nextId(state),
      account,
      repositories: new Set([key]),
      createdAt: state.now(),
      suspended: false,
    }
    state.installations.set(installation.id, installation)
  } else there.repositories.add(key)
  return made
}
