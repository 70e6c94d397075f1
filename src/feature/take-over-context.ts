// A tree with an existing .claude/context (ours or an older tool's) -> the Feature it describes, and what it says that is not so. Nothing in it is believed.
import { posix } from 'node:path'
import { untrueInPlan, untrueInYaml } from './context-claims.ts'
import type { Feature } from './feature.ts'
import { readFeatureContext } from './feature-context.ts'
import { type OlderFeature, olderFeatures, parseOlderContext, statedParts } from './older-context.ts'
import { readSpec, specHash } from './read-spec.ts'
import { slugOf } from './slug.ts'

/** The base commit, as far as a hand-off looks at it. Contract: `read` gives undefined for what is not there and rejects only when the repository cannot be read. */
export interface ContextTree {
  readonly files: ReadonlySet<string>
  readonly read: (path: string) => Promise<string | undefined>
}

/** What was found. `source`: the file that was taken over. `notSo`: statements of context and plan that the tree contradicts, as sentences. */
export type TakenOver =
  | { readonly kind: 'none' }
  | { readonly kind: 'feature'; readonly source: string; readonly feature: Feature; readonly notSo: readonly string[] }
  | { readonly kind: 'questions'; readonly source: string; readonly questions: readonly string[]; readonly notSo: readonly string[] }

/** Where contexts and plans were written, most recent habit first. */
const contexts = ['.claude/context/feature-context.yaml', '.claude/context/feature-context.yml', '.claude/planning/feature-context.yaml']
const plans = ['.claude/context/implementation-plan.md', '.claude/planning/implementation-plan.md']

/**
 * Takes over what the tree holds. `wanted`: which feature, by name or id, when the context has several.
 * Errors: UserFault for a context of ours that was changed by hand, and for one that is no YAML.
 */
export async function takeOverContext(tree: ContextTree, wanted?: string): Promise<TakenOver> {
  const source = contexts.find((path) => tree.files.has(path))
  const plan = plans.find((path) => tree.files.has(path))
  const planText = plan === undefined ? undefined : await tree.read(plan)
  const untruePlan = plan === undefined || planText === undefined ? [] : untrueInPlan(planText, tree.files, posix.dirname(plan))
  // Our own plan is of no use without the feature it was made for.
  if (source === undefined && /^`{3,}json dce-plan\b/mu.test(planText ?? '')) return { kind: 'none' }
  if (source === undefined)
    return plan === undefined || planText === undefined ? { kind: 'none' } : fromSpec({ text: planText, source: plan, notSo: untruePlan })
  const text = (await tree.read(source)) ?? ''
  const root = parseOlderContext(text)
  if (root === undefined || root['version'] === 1)
    return { kind: 'feature', source, feature: readFeatureContext(text, source), notSo: untruePlan }
  const found = olderFeatures(root)
  const chosen = choose(found, wanted)
  const notSo = [...untrueInYaml(chosen === undefined ? root : narrowed(root, chosen), tree.files, posix.dirname(source)), ...untruePlan]
  if (chosen === undefined) return { kind: 'questions', source, questions: [whichQuestion(source, found, wanted)], notSo }
  return fromOlder({ chosen, text, source, tree, notSo })
}

function fromSpec({
  text,
  source,
  notSo,
}: {
  readonly text: string
  readonly source: string
  readonly notSo: readonly string[]
}): TakenOver {
  const { result } = readSpec({ text, source })
  return result.kind === 'feature'
    ? { kind: 'feature', source, feature: result.feature, notSo }
    : { kind: 'questions', source, questions: result.questions, notSo }
}

function choose(found: readonly OlderFeature[], wanted: string | undefined): OlderFeature | undefined {
  if (wanted === undefined) return found.length === 1 ? found[0] : undefined
  const plain = slugOf(wanted)
  return found.find(({ names }) => names.some((name) => slugOf(name) === plain))
}

/** Of many features only the chosen one's statements matter. */
function narrowed(root: Readonly<Record<string, unknown>>, chosen: OlderFeature): unknown {
  return chosen.shape === 'features'
    ? { ...Object.fromEntries(Object.entries(root).filter(([key]) => key !== 'features')), feature: chosen.fields }
    : root
}

function whichQuestion(source: string, found: readonly OlderFeature[], wanted: string | undefined): string {
  const names = found.map(({ names: each }) => each.join(' / ') || 'one without a name').join(', ')
  if (found.length === 0)
    return `${source} has none of \`feature\`, \`feature_overview\` and \`features\`. Which specification should be built?`
  return wanted === undefined
    ? `${source} describes ${found.length} features: ${names}. Which one should be built?`
    : `${source} has no feature "${wanted}"; it has ${names}. Which one should be built?`
}

interface Older {
  readonly chosen: OlderFeature
  readonly text: string
  readonly source: string
  readonly tree: ContextTree
  readonly notSo: readonly string[]
}

/** A specification that the context names is the better source; what only the context says is added to it. */
async function fromOlder({ chosen, text, source, tree, notSo }: Older): Promise<TakenOver> {
  const stated = statedParts(chosen)
  const spec = await namedSpec(chosen, source, tree)
  const read = spec === undefined ? undefined : readSpec({ text: spec.text, source: spec.path, title: chosen.title })
  if (read?.result.kind === 'questions') return { kind: 'questions', source, questions: read.result.questions, notSo }
  if (read !== undefined) return { kind: 'feature', source, feature: merged(read.result.feature, stated), notSo }
  const title = chosen.title === '' ? 'feature' : chosen.title
  if (stated.requirements.length === 0) {
    const missing = chosen.sourceSpec === undefined ? '' : ` The specification it names (${chosen.sourceSpec}) is not in the tree.`
    return {
      kind: 'questions',
      source,
      questions: [`${source} names "${title}", but says nothing of what should be built.${missing} Where is the specification?`],
      notSo,
    }
  }
  return {
    kind: 'feature',
    source,
    feature: { version: 1, title, slug: slugOf(title), spec: { source, hash: specHash(text), text }, ...stated },
    notSo,
  }
}

async function namedSpec(
  { sourceSpec }: OlderFeature,
  source: string,
  tree: ContextTree,
): Promise<{ readonly path: string; readonly text: string } | undefined> {
  if (sourceSpec === undefined) return undefined
  const readings = [sourceSpec, posix.join(posix.dirname(source), sourceSpec)].map((each) => posix.normalize(each))
  const path = readings.find((each) => tree.files.has(each))
  const text = path === undefined ? undefined : await tree.read(path)
  return path === undefined || text === undefined ? undefined : { path, text }
}

function merged(spec: Feature, stated: ReturnType<typeof statedParts>): Feature {
  const plain = (text: string) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()
  const whole = plain(spec.spec.text)
  const taken = new Set(spec.requirements.map(({ id }) => id))
  const more = stated.requirements.filter(
    ({ text }) => !whole.includes(plain(text)) && !whole.includes(plain(text.split(/[:;]/u)[0] ?? text)),
  )
  const free = freeIds(taken)
  const added = more.map((requirement) => ({
    ...requirement,
    id: taken.has(requirement.id) || /^R\d+$/u.test(requirement.id) ? free() : requirement.id,
  }))
  return {
    ...spec,
    requirements: [...spec.requirements, ...added],
    notWanted: [...new Set([...spec.notWanted, ...stated.notWanted])],
    dependencies: [...spec.dependencies, ...stated.dependencies.filter(({ to }) => !spec.dependencies.some((known) => known.to === to))],
  }
}

function freeIds(taken: ReadonlySet<string>): () => string {
  let next = 1
  return () => {
    while (taken.has(`R${next}`)) next++
    return `R${next++}`
  }
}
