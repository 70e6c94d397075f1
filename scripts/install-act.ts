// Puts act, which runs real workflow files in tests, into node_modules/.cache when it is not on this machine yet; prints where it is.
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { actCacheDir, actModule, findAct, lookForAct } from '../test/fakes/github/find-act.ts'

if (lookForAct() === undefined) {
  mkdirSync(actCacheDir, { recursive: true })
  console.error(`act is not here yet: go install ${actModule} (about a minute)`)
  execFileSync('go', ['install', actModule], { stdio: ['ignore', 2, 2], env: { ...process.env, GOBIN: actCacheDir, GOFLAGS: '' } })
}
console.log(findAct())
