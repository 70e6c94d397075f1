// The gate's workflow on this machine by act: the action as it is published, and a cache of go that a runner would have restored.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ActionsOptions } from '../fakes/github/server.ts'

const root = join(import.meta.dirname, '../..')
/** What `uses: owner/dce@v0` downloads, as far as the action needs it. */
const published = ['action.yml', 'package.json', 'dist/action.js', 'specialists', 'analyzer', 'starter']

/** For `startGitHub`. `folder`: where both actions are put together. */
export function judgeByAct(folder: string): ActionsOptions {
  const action = join(folder, 'published-action')
  for (const path of published) {
    mkdirSync(dirname(join(action, path)), { recursive: true })
    cpSync(join(root, path), join(action, path), { recursive: true })
  }
  const go = { GOPROXY: 'off', GOCACHE: process.env['GOCACHE'] ?? '', GOMODCACHE: process.env['GOMODCACHE'] ?? '' }
  return { by: 'act', env: go, localActions: { 'dce-dev/dce': action, 'actions/cache': writeCacheAction(join(folder, 'cache-action')) } }
}

// Wherever act puts the workspace, the caches of that path are there: GitHub's runners have the same path every time.
function writeCacheAction(folder: string): string {
  const warm = `import { warmGoCaches } from ${JSON.stringify(join(root, 'test/support/warm-go-cache.ts'))}
warmGoCaches({ cacheHome: process.env.XDG_CACHE_HOME, repo: process.env.GITHUB_WORKSPACE })
`
  const inputs = 'inputs: { path: { required: true }, key: { required: true }, restore-keys: { required: false } }'
  for (const name of ['.', 'restore']) {
    mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, name, 'action.yml'), `name: cache\n${inputs}\nruns: { using: node24, main: warm.mjs }\n`)
    writeFileSync(join(folder, name, 'warm.mjs'), warm)
  }
  return folder
}
