// What a judgement is asked, as JSON: for a gate that runs on another machine than the run. Written beside the branch, read by the gate's job.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type GateConfig, QualityLevel } from '../config.ts'
import { UserFault } from '../fault.ts'
import { asSha, type Sha } from '../ids.ts'
import { parseJson } from '../parse-json.ts'
import { PlanBlock } from '../plan/plan-block.ts'
import type { Git } from '../world.ts'
import { moduleDirsOf } from './gate-command.ts'
import type { JudgeInput } from './judge-input.ts'

const sha = z
  .string()
  .regex(/^[0-9a-f]{40,64}$/u)
  .transform(asSha)

const Gate: z.ZodType<GateConfig> = z.strictObject({
  require: z.array(z.enum(['database', 'containers', 'benchmarks', 'coverage'])),
  naming: z.array(z.strictObject({ files: z.string(), name: z.string(), why: z.string() })),
  ignoreStubWords: z.array(z.string()),
  tags: z.array(z.string()),
  testTimeoutS: z.number(),
})

/** Fields as in {@link JudgeInput}. A reader that does not know the version refuses it. */
export const GateQuestion = z.strictObject({
  version: z.literal(1),
  commit: sha,
  base: sha.exactOptional(),
  plan: PlanBlock.exactOptional(),
  wave: z.literal([0, 1, 2, 3, 4, 5]).exactOptional(),
  last: z.boolean().exactOptional(),
  excused: z.array(z.string()).exactOptional(),
  granted: z.array(z.string()).exactOptional(),
  level: QualityLevel,
  config: Gate,
  protectedTests: z.array(z.string()).exactOptional(),
  protectedSince: sha.exactOptional(),
})
/** See the schema of the same name. */
export type GateQuestion = z.infer<typeof GateQuestion>

/** The question's text: equal questions have equal texts. */
export function writeQuestion(question: GateQuestion): string {
  return `${JSON.stringify(question)}\n`
}

/** SHA-256 of the text, hex: an answer names the question that it answers. */
export function hashOfQuestion(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Reads it back. Errors: UserFault for what another release wrote. */
export function readQuestion(text: string): GateQuestion {
  const read = GateQuestion.safeParse(parseJson(text))
  if (read.success) return read.data
  throw new UserFault({
    problem: `The question for this gate is not one that this release understands: ${z.prettifyError(read.error).split('\n')[0]}.`,
    hint: 'Use the same release of dce in the workflow and in the App.',
  })
}

/** Beside a repository and folders, what the judge is given. */
export async function inputOf(
  { version: _version, ...question }: GateQuestion,
  here: Pick<JudgeInput, 'git' | 'workDir' | 'cacheDir' | 'signal' | 'onProgress' | 'onMeasured'>,
): Promise<JudgeInput> {
  return { ...question, ...here, moduleDirs: await moduleDirsOf(here.git, commitsOf(question)) }
}

function commitsOf({ commit, base }: { readonly commit: Sha; readonly base?: Sha }): readonly Sha[] {
  return base === undefined ? [commit] : [commit, base]
}

/** The files of the judged commit, for putting the halves together. */
export async function filesOf(git: Git, commit: Sha): Promise<ReadonlySet<string>> {
  return new Set<string>(await git.listFiles(commit))
}
