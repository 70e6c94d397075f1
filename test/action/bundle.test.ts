// The bundle that `uses:` runs is committed; it must be what the sources say.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

describe('dist/action.js', () => {
  it('is fresh', () => {
    expect(() => execFileSync(process.execPath, [join(root, 'scripts/build-action.ts'), '--check'], { cwd: root })).not.toThrow()
  })
})
