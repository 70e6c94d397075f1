// A feature-context.yaml that other tools wrote -> what it says of one feature. Three shapes are known (`feature`, `feature_overview`, `features`); fields are
// looked for by name wherever they stand, because every writer put them elsewhere.
import { parseDocument } from 'yaml'
import type { Feature } from './feature.ts'

/** Which of the shapes a file has. */
export type OlderShape = 'feature' | 'feature_overview' | 'features'

/** One feature of such a file. `fields`: everything said about it, its own over the file's. `names`: what people may call it. */
export interface OlderFeature {
  readonly shape: OlderShape
  readonly names: readonly string[]
  readonly title: string
  readonly fields: Readonly<Record<string, unknown>>
  /** Specification files it refers to. */
  readonly sourceSpec: string | undefined
}

/** Parses the YAML, tolerant of the one way in which a known writer got it wrong (`-     id:` above `    name:`). Undefined when it is no mapping at all. */
export function parseOlderContext(text: string): Readonly<Record<string, unknown>> | undefined {
  for (const attempt of [text, text.replace(/^(\s*)-[ \t]+(?=\S)/gmu, '$1- ')]) {
    const document = parseDocument(attempt, { prettyErrors: false, uniqueKeys: false })
    if (document.errors.length > 0) continue
    // Aliases can grow a few lines into gigabytes; these files need none.
    const value: unknown = document.toJS({ maxAliasCount: 0 })
    if (isRecord(value)) return value
  }
  return undefined
}

/** The features of a file, in order. None when it has none of the shapes. */
export function olderFeatures(root: Readonly<Record<string, unknown>>): readonly OlderFeature[] {
  if (root['feature'] !== undefined) return [featureFrom('feature', root['feature'], without(root, 'feature'))]
  if (root['feature_overview'] !== undefined)
    return [featureFrom('feature_overview', root['feature_overview'], without(root, 'feature_overview'))]
  const { features } = root
  if (Array.isArray(features))
    return features.map((one: unknown) => featureFrom('features', one, features.length === 1 ? without(root, 'features') : {}))
  if (!isRecord(features)) return []
  return Object.entries(features).map(([key, one]) =>
    featureFrom('features', isRecord(one) ? { id: key, ...one } : { id: key, name: one }, {}),
  )
}

/** What the file says, in the terms of a Feature; the text it came from is added by the caller. */
export function statedParts({ fields, title }: OlderFeature): Omit<Feature, 'version' | 'slug' | 'spec' | 'title'> {
  const services = textsOf(fields, /^services?(_requirements)?$/u)
  const domainModels = modelsOf(fields)
  const apiEndpoints = endpointsIn(fields)
  const quality = textsOf(
    fields,
    /^(quality(_standards|_requirements)?|test(ing)?(_requirements|_strategy)?|performance_requirements|non_functional_requirements)$/u,
  )
  const asked = entriesOf(fields, /^(\w*_)?(requirements|acceptance(_criteria)?|criteria|rules|use_cases|user_stories)$/u)
  const rest = [...services, ...domainModels.map(({ text }) => text), ...apiEndpoints.map(({ text }) => text)].map((text) => ({
    id: undefined,
    text,
  }))
  return {
    overview:
      ['description', 'overview', 'summary', 'business_value'].map((key) => fields[key]).find((value) => typeof value === 'string') ?? '',
    requirements: numbered([...asked, ...rest]),
    domainModels,
    serviceRequirements: services,
    apiEndpoints,
    qualityStandards: quality,
    dependencies: textsOf(fields, /^(dependencies|depends_on|blocked_by)$/u).map((to) => ({ from: title, to })),
    notWanted: textsOf(fields, /^(not_wanted|out_of_scope|non_goals|excluded)$/u),
  }
}

function featureFrom(shape: OlderShape, written: unknown, around: Readonly<Record<string, unknown>>): OlderFeature {
  const own = isRecord(written) ? written : typeof written === 'string' ? { name: written } : {}
  const fields = { ...around, ...own }
  const names = ['name', 'title', 'id', 'feature_id'].flatMap((key) =>
    typeof own[key] === 'string' || typeof own[key] === 'number' ? [String(own[key])] : [],
  )
  const source = fields['source_spec'] ?? fields['spec_file'] ?? fields['specification']
  return { shape, names, title: names[0] ?? '', fields, sourceSpec: typeof source === 'string' ? source : undefined }
}

interface Entry {
  readonly id: string | undefined
  readonly text: string
}

function entriesOf(fields: Readonly<Record<string, unknown>>, keys: RegExp): readonly Entry[] {
  return Object.entries(fields)
    .filter(
      ([key]) => keys.test(key) && !/^services?_requirements$|^(quality|test(ing)?|performance|non_functional)_requirements$/u.test(key),
    )
    .flatMap(([, value]) => entries(value))
}

function textsOf(fields: Readonly<Record<string, unknown>>, keys: RegExp): string[] {
  return Object.entries(fields)
    .filter(([key]) => keys.test(key))
    .flatMap(([, value]) => entries(value).map(({ text }) => text))
}

/** A list, a mapping by name or one value -> its entries. What an entry says beside its name is part of its text. */
function entries(value: unknown): readonly Entry[] {
  if (Array.isArray(value)) return value.flatMap((each: unknown) => (isRecord(each) ? [entryOf(each)] : entries(each)))
  if (isRecord(value)) {
    return Object.entries(value).flatMap(([key, inner]) => {
      const parts = entries(inner)
      return parts.length === 0 ? [{ id: undefined, text: key }] : parts.map(({ text }) => ({ id: undefined, text: `${key}: ${text}` }))
    })
  }
  return value === null || value === undefined || value === '' ? [] : [{ id: undefined, text: String(value) }]
}

function entryOf(record: Readonly<Record<string, unknown>>): Entry {
  const lead = ['description', 'text', 'requirement', 'name', 'title', 'feature'].find((key) => typeof record[key] === 'string')
  const others = Object.entries(record).filter(([key]) => key !== lead && key !== 'id')
  const text = [lead === undefined ? '' : String(record[lead]), ...others.map(([key, value]) => `${key}: ${flat(value)}`)].filter(
    (part) => part !== '',
  )
  const id = record['id']
  return { id: typeof id === 'string' ? id : undefined, text: text.join('; ') || flat(record) }
}

function flat(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}

function modelsOf(fields: Readonly<Record<string, unknown>>): Feature['domainModels'] {
  const found = Object.entries(fields).filter(([key]) =>
    /^(domain_models?|entities|value_objects|domain_events|models|aggregates)$/u.test(key),
  )
  return found.flatMap(([, value]) => {
    if (Array.isArray(value)) {
      return value.flatMap((each: unknown) => {
        const name = isRecord(each) ? (each['name'] ?? each['id']) : each
        return typeof name === 'string' ? [{ name, text: isRecord(each) ? entryOf(each).text : name }] : []
      })
    }
    if (!isRecord(value)) return []
    // `domain_models: { entities: [...], value_objects: [...] }` holds groups, not models.
    const groups = modelsOf(value)
    return groups.length > 0
      ? groups
      : Object.entries(value).map(([name, inner]) => ({ name, text: inner === null ? name : `${name}: ${flat(inner)}` }))
  })
}

function endpointsIn(fields: Readonly<Record<string, unknown>>): Feature['apiEndpoints'] {
  const found = Object.entries(fields).filter(([key]) =>
    /^(api|api_endpoints|api_contracts|api_requirements|endpoints|rest_endpoints)$/u.test(key),
  )
  return found.flatMap(([, value]) => endpointValues(value))
}

function endpointValues(value: unknown): Feature['apiEndpoints'] {
  if (Array.isArray(value)) return value.flatMap(endpointValues)
  if (isRecord(value)) {
    const { method, path } = value
    if (typeof method === 'string' && typeof path === 'string')
      return [
        { method: method.toUpperCase(), path, text: `${method.toUpperCase()} ${path}: ${flat(without(without(value, 'method'), 'path'))}` },
      ]
    return Object.entries(value).flatMap(([key, inner]) => {
      const own = endpointValues(key)
      return own.length > 0 ? own.map((one) => ({ ...one, text: `${key}: ${flat(inner)}` })) : endpointValues(inner)
    })
  }
  const match = typeof value === 'string' ? /^\s*(?<method>[A-Z]+)\s+(?<path>\/\S*)/u.exec(value)?.groups : undefined
  return match === undefined ? [] : [{ method: match['method'] ?? '', path: match['path'] ?? '', text: String(value).trim() }]
}

function numbered(found: readonly Entry[]): Feature['requirements'] {
  const taken = new Set<string>()
  let next = 1
  return found.flatMap(({ id, text }) => {
    if (text.trim() === '') return []
    while (taken.has(`R${next}`)) next++
    const own = id === undefined || taken.has(id) ? `R${next}` : id
    taken.add(own)
    return [{ id: own, text }]
  })
}

function without(record: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).filter(([each]) => each !== key))
}

/** A mapping, not a list and not null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
