// Inputs of actions/checkout -> a clone in the workspace, as deep as asked, its token kept or not, as the real one does it.
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

const input = (name: string) => (process.env[`INPUT_${name.toUpperCase()}`] ?? '').trim()
const env = (name: string) => process.env[name] ?? ''

const dir = join(env('GITHUB_WORKSPACE'), input('path') || '.')
mkdirSync(dir, { recursive: true })
const git = (...args: readonly string[]) =>
  execFileSync('git', args, {
    cwd: dir,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
  }).trim()

const own = input('repository') === env('GITHUB_REPOSITORY')
const ref = input('ref') || (own ? env('GITHUB_REF') : '')
const isSha = /^[0-9a-f]{40}$/u.test(ref)
// The commit of the event, not where its branch is by now.
const sha = isSha ? ref : input('ref') === '' && own ? env('GITHUB_SHA') : ''
const full = isSha || ref.startsWith('refs/') ? ref : ref === '' ? 'HEAD' : `refs/heads/${ref}`
const branch = full.startsWith('refs/heads/') ? full.slice('refs/heads/'.length) : ''
const tracking = branch === '' ? 'refs/remotes/origin/checkout' : `refs/remotes/origin/${branch}`

const header = `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${input('token')}`).toString('base64')}`
const setting = `http.${env('GITHUB_SERVER_URL')}/.extraheader`
const depth = Number(input('fetch-depth'))
git('init', '--quiet')
git('remote', 'add', 'origin', `${env('GITHUB_SERVER_URL')}/${input('repository')}`)
const fetching = ['-c', `${setting}=${header}`, '-c', 'protocol.version=2', 'fetch', '--quiet', '--no-recurse-submodules']
const how = [
  ...(input('fetch-tags') === 'true' ? [] : ['--no-tags']),
  ...(depth === 0 ? [] : [`--depth=${depth}`]),
  ...(input('filter') === '' ? [] : [`--filter=${input('filter')}`]),
]
if (depth === 0) git(...fetching, ...how, 'origin', '+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*')
git(...fetching, ...how, 'origin', `+${sha === '' ? full : sha}:${tracking}`)
if (input('persist-credentials') !== 'false') git('config', '--local', setting, header)
git(
  ...['-c', `${setting}=${header}`, 'checkout', '--quiet', '--force'],
  ...(branch === '' ? ['--detach', tracking] : ['-B', branch, tracking]),
)
const commit = git('rev-parse', 'HEAD')
appendFileSync(env('GITHUB_OUTPUT'), `ref=${ref}\ncommit=${commit}\n`)
console.log(`${full} is ${commit}`)
