// src/ -> dist/: one bundle per entry. Node refuses to strip types under node_modules, so the npm package ships these.
import { existsSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

const entries = {
  cli: 'src/cli.ts',
  helper: 'src/adapters/process/helper.ts',
  demo: 'examples/demo.ts',
}

rmSync('dist', { recursive: true, force: true })
await build({
  entryPoints: Object.fromEntries(Object.entries(entries).filter(([, path]) => existsSync(path))),
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  splitting: true,
  chunkNames: 'chunk-[hash]',
  sourcemap: false,
  // CommonJS dependencies inside an ES module bundle still call require().
  banner: { js: "import { createRequire as dceCreateRequire } from 'node:module'; const require = dceCreateRequire(import.meta.url);" },
  external: ['@anthropic-ai/sandbox-runtime', '@secretlint/*'],
  logLevel: 'warning',
})
