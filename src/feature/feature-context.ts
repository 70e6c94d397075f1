// Feature <-> .claude/context/feature-context.yaml: the same fields, named as people write YAML. Nothing is lost on the way there and back.
import { Document, parseDocument, Scalar, visit } from 'yaml'
import { z } from 'zod'
import { UserFault } from '../fault.ts'
import { Feature } from './feature.ts'
import { specHash } from './read-spec.ts'

/** Where the file stands, relative to the repository's root. */
export const featureContextPath = '.claude/context/feature-context.yaml'

/** The file's fields. */
const FeatureContext = z.strictObject({
  version: z.literal(1),
  title: z.string(),
  slug: z.string(),
  overview: z.string(),
  domain_models: Feature.shape.domainModels,
  service_requirements: Feature.shape.serviceRequirements,
  api_endpoints: Feature.shape.apiEndpoints,
  quality_standards: Feature.shape.qualityStandards,
  dependencies: Feature.shape.dependencies,
  requirements: Feature.shape.requirements,
  not_wanted: Feature.shape.notWanted,
  spec: Feature.shape.spec,
})

const header =
  '# What the specification asks for, as dce read it. Written by dce; change the specification instead, the text below is pinned by its hash.\n'

/** The file's text. */
export function writeFeatureContext(feature: Feature): string {
  const context: z.infer<typeof FeatureContext> = {
    version: 1,
    title: feature.title,
    slug: feature.slug,
    overview: feature.overview,
    domain_models: feature.domainModels,
    service_requirements: feature.serviceRequirements,
    api_endpoints: feature.apiEndpoints,
    quality_standards: feature.qualityStandards,
    dependencies: feature.dependencies,
    requirements: feature.requirements,
    not_wanted: feature.notWanted,
    spec: feature.spec,
  }
  const document = new Document(context, { aliasDuplicateObjects: false })
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string') node.type = styleOf(node.value)
    },
  })
  // Folded lines would make a diff of two runs hard to read.
  return header + document.toString({ lineWidth: 0 })
}

/** Text of several lines is a block when a block keeps it byte for byte: leading white space, other line ends and control characters need quotes. */
function styleOf(text: string): Scalar.Type {
  if (/^[\w`*("[{][^\n]*$/u.test(text) && /^[\p{L}\p{N}\p{P}\p{S} ]*$/u.test(text) && !/ $/u.test(text)) return Scalar.PLAIN
  const block = /^\S/u.test(text) && text.includes('\n') && /^[\p{L}\p{N}\p{P}\p{S}\p{M} \t\n]*$/u.test(text)
  return block ? Scalar.BLOCK_LITERAL : Scalar.QUOTE_DOUBLE
}

/** Reads the file back. Errors: UserFault when it is no YAML, lacks a field, or its text was changed after it was pinned. */
export function readFeatureContext(text: string, path = featureContextPath): Feature {
  const document = parseDocument(text, { prettyErrors: true })
  const error = document.errors[0]
  if (error !== undefined) throw wrong(path, `is not YAML: ${error.message.split('\n')[0]}`)
  const read = FeatureContext.safeParse(document.toJS({ maxAliasCount: 0 }))
  if (!read.success) {
    const issue = read.error.issues[0]
    throw wrong(path, `does not have the fields of version 1: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unreadable'}`)
  }
  const { domain_models, service_requirements, api_endpoints, quality_standards, not_wanted, ...same } = read.data
  const feature: Feature = {
    ...same,
    domainModels: domain_models,
    serviceRequirements: service_requirements,
    apiEndpoints: api_endpoints,
    qualityStandards: quality_standards,
    notWanted: not_wanted,
  }
  if (specHash(feature.spec.text) !== feature.spec.hash) throw wrong(path, 'holds a specification that is not the one its hash was made of')
  return feature
}

function wrong(path: string, problem: string): UserFault {
  return new UserFault({ problem: `${path} ${problem}.`, hint: 'Restore the file from git, or remove it and start the run again.' })
}
