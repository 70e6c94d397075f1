// A repository at its base, a specification and what a person wrote -> may a run begin, and with which configuration. Used by every door.
import { posix } from 'node:path'
import type { RepositoryFacts } from '../adapters/git/inspect-repository.ts'
import { type Config, defaultConfig, overlayConfig, type WrittenConfig } from '../config.ts'
import { UserFault } from '../fault.ts'
import { featureContextPath } from '../feature/feature-context.ts'
import { readSpec, type SpecSource } from '../feature/read-spec.ts'
import { asRepoPath } from '../ids.ts'
import { readBaseTree } from '../plan/base-tree.ts'
import { configPath, readConfig } from '../read-config.ts'
import { moduleOf, refuseWhatIsNoFolder } from '../run/module-of.ts'
import { refuseOlderGo } from '../run/refuse-older-go.ts'
import type { Git } from '../world.ts'
import type { Workshop } from './open-machine.ts'

/** Errors: UserFault when there is nothing for go at the base commit. */
export function refuseWhatCannotBeRun(facts: RepositoryFacts): void {
  if (facts.modules.length > 0) return
  throw new UserFault({
    problem: `${facts.root} has no go.mod at the base commit: dce works on Go modules.`,
    hint: 'Run `go mod init <path>`, commit it, and start again; or say --base.',
  })
}

/** Errors: UserFault for an output folder that is none, and a module that wants a newer go than this machine has. */
export async function refuseWhatCannotBeBuilt({ git, goVersion }: Workshop, facts: RepositoryFacts, { outputDir }: Config): Promise<void> {
  const dir = moduleOf(
    outputDir,
    facts.modules.map((module) => module.dir),
  )
  refuseWhatIsNoFolder(outputDir, await readBaseTree(git, facts.base))
  for (const path of [...(facts.goWork ? ['go.work'] : []), posix.join(dir, 'go.mod')]) {
    const text = await git.readFile({ at: facts.base, path: asRepoPath(path) })
    if (text !== undefined) refuseOlderGo({ found: goVersion, path, text })
  }
}

/** Defaults, then `.github/dce.yml` of the base, then what the specification says, then what was written for this run alone. */
export async function configFor(request: {
  readonly git: Git
  readonly facts: RepositoryFacts
  readonly spec: SpecSource
  readonly written: WrittenConfig
}): Promise<Config> {
  const text = await request.git.readFile({ at: request.facts.base, path: asRepoPath(configPath) })
  const repository = text === undefined ? {} : readConfig(text)
  const options = request.spec.source === featureContextPath ? {} : readSpec(request.spec).options
  return [repository, options, request.written].reduce<Config>(overlayConfig, defaultConfig)
}
