// Which files the first commit of a run holds: what is amended, and what the compiler needs for that.
import { expect, it } from 'vitest'
import { chooseSeams, type OverlaidFile } from '../../src/wave/seams.ts'

const file = (path: string, kind: OverlaidFile['kind'], ...dirs: readonly string[]): OverlaidFile => ({
  path,
  kind,
  dirs: [...dirs],
  generated: `/out/${path}`,
  tasks: ['w1-x'],
})

it('takes amended files, the contracts in folders that these import, and what those import in turn', () => {
  const files = [
    file('domain/limit.go', 'declare', 'domain'),
    file('other/other.go', 'declare', 'other'),
    file('rest/services.go', 'amend', 'rest', 'service'),
    file('service/service.go', 'declare', 'service', 'domain'),
  ]
  expect(chooseSeams(files).map(({ path }) => path)).toEqual(['domain/limit.go', 'rest/services.go', 'service/service.go'])
})

it('takes contracts beside an amended file, for one package compiles as a whole', () => {
  const files = [file('rest/handler.go', 'declare', 'rest'), file('rest/services.go', 'amend', 'rest')]
  expect(chooseSeams(files)).toEqual(files)
})

it('takes nothing when nothing is amended', () => {
  expect(chooseSeams([file('domain/limit.go', 'declare', 'domain')])).toEqual([])
})
