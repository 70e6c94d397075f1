// A specification, read: what is asked, in the terms that a plan is made of. Its file form is .claude/context/feature-context.yaml.
import { z } from 'zod'

/** One numbered thing that the specification asks for. `id`: `R1`, `R2`, … or the specification's own numbering. */
export const Requirement = z.strictObject({ id: z.string(), text: z.string(), section: z.string().optional() })

/** A specification as the program reads it. Everything below `spec` is taken from its text, never invented. */
export const Feature = z.strictObject({
  version: z.literal(1),
  title: z.string(),
  /** Lower-case slug of the title, `[a-z0-9-]`, at most 40 characters. */
  slug: z.string(),
  spec: z.strictObject({
    /** Where it came from: path or issue URL. */
    source: z.string(),
    /** SHA-256 of the text, hex. */
    hash: z.string(),
    text: z.string(),
  }),
  overview: z.string(),
  requirements: z.array(Requirement),
  domainModels: z.array(z.strictObject({ name: z.string(), text: z.string() })),
  serviceRequirements: z.array(z.string()),
  apiEndpoints: z.array(z.strictObject({ method: z.string(), path: z.string(), text: z.string() })),
  qualityStandards: z.array(z.string()),
  dependencies: z.array(z.strictObject({ from: z.string(), to: z.string() })),
  notWanted: z.array(z.string()),
})
/** See the schema of the same name. */
export type Feature = z.infer<typeof Feature>
/** See the schema of the same name. */
export type Requirement = z.infer<typeof Requirement>

/** What reading a specification gives: a feature, or questions instead of a bill. */
export type FeatureResult =
  | { readonly kind: 'feature'; readonly feature: Feature }
  | { readonly kind: 'questions'; readonly questions: readonly string[] }
