// The base commit -> what every prompt of a run shares: outline and conventions, the same bytes for all agents and after every resume.
import { join } from 'node:path'
import { focusWords } from '../feature/focus-words.ts'
import { withCheckouts } from '../gate/checkouts.ts'
import { asRepoPath } from '../ids.ts'
import { moduleAt } from './module-of.ts'
import type { RunWorld } from './run-world.ts'
import type { RunState } from './state.ts'

/** Texts for prompts. */
export interface Knowledge {
  readonly outline: string
  readonly conventions: string
  /** What does not compile at the base. */
  readonly brokenBefore: readonly string[]
}

/** Bytes of the outline. Chosen: about 6,000 tokens, shared by all agents through the cache. */
const outlineBytes = 20_000
/** Characters of each conventions file. Chosen. */
const conventionCharacters = 4_000
/** Where repositories say how they want their code, in the order of how directly they speak to a program. */
const conventionFiles = ['AGENTS.md', 'CLAUDE.md', 'CONTRIBUTING.md', 'sqlc.yaml']

/** Failures of the base that are told. Chosen: the first ones usually cause the rest. */
const mostBroken = 20

/** Made once per run; what is read from files is recorded. */
export async function knowledgeOf(world: RunWorld, state: RunState): Promise<Knowledge> {
  const read = await world.journal.once({ run: world.run, key: 'knowledge' }, async () => ({
    outline: await outlineOf(world, state),
    conventions: await conventionsOf(world, state),
  }))
  const broken = (state.baseMeasured?.failures ?? []).slice(0, mostBroken)
  return { ...read, brokenBefore: broken.map(({ file, package: folder, message }) => `${file ?? folder ?? ''}: ${message}`) }
}

async function outlineOf(world: RunWorld, state: RunState): Promise<string> {
  const { base, config, feature } = state
  const dir = await moduleAt(world.git, base, config.outputDir)
  return withCheckouts({ git: world.git, workDir: world.folders.work, head: base, base: undefined }, async (checkouts) => {
    const root = await checkouts.head()
    const focus = feature === undefined ? [] : focusWords(feature)
    const { text } = await world.analyzer.outline({ root, dir: join(root, dir), maxBytes: outlineBytes, focus })
    return text
  })
}

async function conventionsOf(world: RunWorld, state: RunState): Promise<string> {
  const texts = await Promise.all(
    conventionFiles.map(async (path) => {
      const text = await world.git.readFile({ at: state.base, path: asRepoPath(path) })
      return text === undefined ? '' : `--- ${path}\n${wholeLines(text)}`
    }),
  )
  return texts.filter((text) => text !== '').join('\n\n')
}

function wholeLines(text: string): string {
  if (text.length <= conventionCharacters) return text
  const end = text.lastIndexOf('\n', conventionCharacters)
  return `${text.slice(0, end > 0 ? end : conventionCharacters)}\n[… cut; read the file for the rest]`
}
