// How the tests run: hermetic HOME and git configuration, no credentials, two rings by folder.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/bundled-cli.ts', 'test/support/compiled-library.ts'],
    setupFiles: ['test/support/hermetic.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
