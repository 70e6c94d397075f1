// The base that is known without git is git's own, or none is said.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type KnownParents, mergeBaseOfKnown } from '../../../src/adapters/git/known-parents.ts'
import type { Sha } from '../../../src/ids.ts'

const sha = (name: string) => name as Sha

test('work on one base has that base with everything that was merged onto it', () => {
  const parents: KnownParents = new Map([
    [sha('w1'), [sha('base')]],
    [sha('w2'), [sha('base')]],
    [sha('w3'), [sha('base')]],
    [sha('m1'), [sha('base'), sha('w1')]],
    [sha('m2'), [sha('m1'), sha('w2')]],
  ])
  expect(mergeBaseOfKnown(parents, sha('base'), sha('w1'))).toBe('base')
  expect(mergeBaseOfKnown(parents, sha('m2'), sha('w3'))).toBe('base')
  expect(mergeBaseOfKnown(parents, sha('m2'), sha('w1'))).toBe('w1')
  expect(mergeBaseOfKnown(parents, sha('other'), sha('w1'))).toBeUndefined()
})

test('of any history of which any part is known, what is said is the only best common ancestor', () => {
  const history = fc.array(fc.tuple(fc.array(fc.nat(), { maxLength: 2 }), fc.boolean()), { minLength: 2, maxLength: 12 })
  fc.assert(
    fc.property(history, fc.nat(), fc.nat(), (commits, x, y) => {
      const all = new Map(
        commits.map(([to], index) => [sha(`${index}`), index === 0 ? [] : [...new Set(to.map((one) => sha(`${one % index}`)))]]),
      )
      const known: KnownParents = new Map([...all].filter((_, index) => commits[index]?.[1] === true))
      const [a, b] = [sha(`${x % commits.length}`), sha(`${y % commits.length}`)]
      const above = (from: Sha): ReadonlySet<Sha> => {
        const seen = new Set([from])
        for (const one of seen) for (const parent of all.get(one) ?? []) seen.add(parent)
        return seen
      }
      const said = mergeBaseOfKnown(known, a, b)
      if (said === undefined) return
      const common = [...above(a)].filter((one) => above(b).has(one))
      const best = common.filter((one) => !common.some((other) => other !== one && above(other).has(one)))
      expect(best).toEqual([said])
    }),
    { numRuns: 3000 },
  )
})
