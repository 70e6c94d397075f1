// The plan as it stands in files and events: one schema that gives back exactly a Plan. What the model answers is another one (PlanAnswer).
import { z } from 'zod'
import { asRepoPath, asSpecialistName, asTaskId } from '../ids.ts'
import type { Plan } from './plan.ts'

const taskId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/)
  .transform(asTaskId)
const specialist = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/)
  .transform(asSpecialistName)
const path = z.string().min(1).transform(asRepoPath)
const wave = z.literal([0, 1, 2, 3, 4, 5])
const left = z.strictObject({ specialist, reason: z.string() })

/** Schema of a whole plan. */
export const PlanBlock: z.ZodType<Plan> = z
  .strictObject({
    version: z.literal(1),
    summary: z.string(),
    tasks: z.array(
      z.strictObject({
        id: taskId,
        specialist,
        wave,
        title: z.string(),
        brief: z.string(),
        files: z.array(z.strictObject({ path, change: z.enum(['create', 'edit', 'delete']), symbols: z.array(z.string()) })),
        paths: z.array(z.string()),
        needs: z.array(taskId),
        acceptance: z.array(z.string()),
        requirements: z.array(z.string()),
        covers: z.array(left),
        integrates: z.boolean(),
      }),
    ),
    contracts: z.array(z.strictObject({ task: taskId, path, kind: z.enum(['declare', 'amend']), source: z.string() })),
    due: z.array(
      z.strictObject({
        what: z.enum(['interface', 'route', 'constructor', 'file', 'coverage', 'benchmark', 'migration']),
        subject: z.string(),
        wave,
      }),
    ),
    benchmarks: z.array(z.strictObject({ package: z.string(), name: z.string(), maxNs: z.number() })),
    modules: z.array(z.strictObject({ path: z.string(), version: z.string(), why: z.string() })),
    skipped: z.array(left),
    withoutTask: z.array(z.strictObject({ requirement: z.string(), reason: z.string() })).exactOptional(),
    assumptions: z.array(z.string()).exactOptional(),
    estimate: z.strictObject({
      tasks: z.number(),
      turns: z.number(),
      inputTokens: z.number(),
      outputTokens: z.number(),
      // JSON has no undefined: a price that is not known is a field that is not there.
      usd: z.number().optional(),
      minutes: z.number(),
      basis: z.string(),
    }),
  })
  .transform((plan) => ({ ...plan, estimate: { ...plan.estimate, usd: plan.estimate.usd } }))
