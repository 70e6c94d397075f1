// Tool -> what the API is told of it: name, description, and a JSON schema made from zod without what costs tokens and says nothing.
import type Anthropic from '@anthropic-ai/sdk'
import { z } from 'zod'
import type { Tool } from '../world.ts'

/** Tools in the order given; the order is part of the cached prefix, so it is fixed by the caller. */
export function describeTools<Ending>(tools: readonly Tool<Ending>[]): readonly Anthropic.Beta.BetaTool[] {
  return tools.map((tool) => ({ name: tool.name, description: tool.description, input_schema: schemaOf(tool.input) }))
}

/** The same for every turn of every agent, and not cheap to make: tools have their inputs at module level. */
const known = new WeakMap<z.ZodType, Anthropic.Beta.BetaTool.InputSchema>()

function schemaOf(schema: z.ZodType): Anthropic.Beta.BetaTool.InputSchema {
  const json = known.get(schema) ?? writeSchema(schema)
  known.set(schema, json)
  return json
}

function writeSchema(schema: z.ZodType): Anthropic.Beta.BetaTool.InputSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>
  return slim(json) as Anthropic.Beta.BetaTool.InputSchema
}

// `additionalProperties: false` and JavaScript's integer bounds are checked by zod anyway and told in words when they fail.
function slim(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(slim)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(
    ([key, inner]) => !(key === 'additionalProperties' && inner === false) && !isIntegerBound(key, inner),
  )
  return Object.fromEntries(entries.map(([key, inner]) => [key, slim(inner)]))
}

function isIntegerBound(key: string, value: unknown): boolean {
  return (key === 'maximum' && value === Number.MAX_SAFE_INTEGER) || (key === 'minimum' && value === Number.MIN_SAFE_INTEGER)
}

/** zod's issues as sentences a model can act on. */
export function sayIssues(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.length === 0 ? 'input' : issue.path.join('.')}: ${issue.message}`).join('; ')
}
