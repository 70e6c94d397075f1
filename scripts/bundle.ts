// TypeScript entries -> one bundle each, with what they share in chunks: how the npm package ships, and how the benchmark runs.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

/** Bundles into `outdir`, which is emptied. `entries`: name of the bundle -> path of its source. */
export async function bundle(entries: Readonly<Record<string, string>>, outdir: string): Promise<void> {
  // The action's bundle is committed and made by itself (build-action.ts).
  const old = existsSync(outdir) ? readdirSync(outdir).filter((name) => name !== 'action.js') : []
  for (const name of old) rmSync(join(outdir, name), { recursive: true, force: true })
  await build({
    entryPoints: { ...entries },
    outdir,
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
}
