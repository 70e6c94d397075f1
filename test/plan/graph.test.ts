// Order, circles, dependents and the longest chain of tasks.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { criticalPath, dependentsOf, type Node, topologicalOrder } from '../../src/plan/graph.ts'

const node = (id: string, ...needs: string[]): Node => ({ id, needs })

test('each comes after what it needs, else in the given order', () => {
  expect(topologicalOrder([node('c', 'a'), node('a'), node('b')])).toEqual({ kind: 'ordered', order: ['a', 'c', 'b'] })
})

test('a circle is named, without those who only lead to it', () => {
  expect(topologicalOrder([node('x', 'a'), node('a', 'b'), node('b', 'c'), node('c', 'a')])).toEqual({
    kind: 'cycle',
    cycle: ['a', 'b', 'c'],
  })
})

test('dependents are counted through others', () => {
  expect(dependentsOf([node('a'), node('b', 'a'), node('c', 'b'), node('d')], 'a')).toEqual(['b', 'c'])
})

test('the critical path is the heaviest chain, not the longest', () => {
  const nodes = [node('a'), node('b', 'a'), node('c', 'b'), node('heavy', 'a')]
  expect(criticalPath(nodes)).toEqual(['a', 'b', 'c'])
  expect(criticalPath(nodes, (id) => (id === 'heavy' ? 5 : 1))).toEqual(['a', 'heavy'])
  expect(criticalPath([])).toEqual([])
})

const anyGraph = fc
  .array(fc.array(fc.nat(9), { maxLength: 4 }), { maxLength: 10 })
  .map((needs) => needs.map((each, at) => node(`t${at}`, ...each.map((need) => `t${need}`))))

test('any graph has an order in which needs come first, or a circle in which each needs the next', () => {
  fc.assert(
    fc.property(anyGraph, (nodes) => {
      const result = topologicalOrder(nodes)
      const byId = new Map(nodes.map((each) => [each.id, each]))
      if (result.kind === 'ordered') {
        expect([...result.order].sort()).toEqual(nodes.map(({ id }) => id).sort())
        for (const { id, needs } of nodes)
          for (const need of needs) if (byId.has(need)) expect(result.order.indexOf(need)).toBeLessThan(result.order.indexOf(id))
      } else {
        for (const [at, id] of result.cycle.entries()) expect(byId.get(id)?.needs).toContain(result.cycle[(at + 1) % result.cycle.length])
      }
    }),
  )
})
