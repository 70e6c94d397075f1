// Tasks and their needs -> order, cycle, dependents, the longest chain. Pure; knows nothing of waves.

/** What the graph is made of: any task. */
export interface Node<Id extends string = string> {
  readonly id: Id
  readonly needs: readonly Id[]
}

/** An order in which each comes after all it needs, or one circle that has none. */
export type Ordered<Id extends string> =
  | { readonly kind: 'ordered'; readonly order: readonly Id[] }
  | { readonly kind: 'cycle'; readonly cycle: readonly Id[] }

/** Orders the nodes, keeping the given order where needs leave a choice. Needs that name nobody are ignored. `cycle`: each needs the next, the last the first. */
export function topologicalOrder<Id extends string>(nodes: readonly Node<Id>[]): Ordered<Id> {
  const known = new Set(nodes.map(({ id }) => id))
  const order: Id[] = []
  const done = new Set<Id>()
  let left = [...nodes]
  while (left.length > 0) {
    const next = left.find((node) => node.needs.every((need) => done.has(need) || !known.has(need)))
    if (next === undefined) return { kind: 'cycle', cycle: cycleIn(left) }
    order.push(next.id)
    done.add(next.id)
    left = left.filter((node) => node !== next)
  }
  return { kind: 'ordered', order }
}

/** Every one of `stuck` needs another of them, so a walk along needs must come back to where it was. */
function cycleIn<Id extends string>(stuck: readonly Node<Id>[]): readonly Id[] {
  const byId = new Map(stuck.map((node) => [node.id, node]))
  const walked: Id[] = []
  let at = stuck[0]
  while (at !== undefined && !walked.includes(at.id)) {
    walked.push(at.id)
    at = at.needs.map((need) => byId.get(need)).find((node) => node !== undefined)
  }
  return at === undefined ? walked : walked.slice(walked.indexOf(at.id))
}

/** All that need `id`, directly or through others, in the order of `nodes`. */
export function dependentsOf<Id extends string>(nodes: readonly Node<Id>[], id: Id): readonly Id[] {
  const found = new Set<Id>([id])
  for (let before = 0; before !== found.size; ) {
    before = found.size
    for (const node of nodes) if (node.needs.some((need) => found.has(need))) found.add(node.id)
  }
  return nodes.map((node) => node.id).filter((other) => other !== id && found.has(other))
}

/** The chain of needs with the greatest sum of weights, first to last. Empty for no nodes and for a graph with a cycle. Weight: any unit, 1 each by default. */
export function criticalPath<Id extends string>(nodes: readonly Node<Id>[], weightOf: (id: Id) => number = () => 1): readonly Id[] {
  const ordered = topologicalOrder(nodes)
  if (ordered.kind === 'cycle') return []
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const best = new Map<Id, { readonly sum: number; readonly chain: readonly Id[] }>()
  for (const id of ordered.order) {
    const before = (byId.get(id)?.needs ?? []).flatMap((need) => best.get(need) ?? [])
    const longest = before.reduce((one, other) => (other.sum > one.sum ? other : one), { sum: 0, chain: [] as readonly Id[] })
    best.set(id, { sum: longest.sum + weightOf(id), chain: [...longest.chain, id] })
  }
  return [...best.values()].reduce((one, other) => (other.sum > one.sum ? other : one), { sum: -1, chain: [] as readonly Id[] }).chain
}
