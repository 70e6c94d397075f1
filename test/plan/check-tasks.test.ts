// Who does what and when: each rule with an answer that breaks it.
import { describe, expect, test } from 'vitest'
import type { PlanAnswer } from '../../src/plan/plan.ts'
import { faultsOf, withMore, withTask } from '../support/changed-answer.ts'
import { anAnswer, aTask } from '../support/plan-answer.ts'

describe('tasks', () => {
  test.each<[string, PlanAnswer, RegExp]>([
    ['two tasks of one id', withMore(aTask('w4-rest-api-builder')), /^Task id w4-rest-api-builder is used more than once: number them/],
    [
      'an id that is not wave and specialist',
      withMore(aTask('w4-rest-api-builder', { id: 'api' })),
      /^Task api must be called w4-rest-api-builder/,
    ],
    [
      'an unknown specialist',
      withMore(aTask('w1-entity-architekt')),
      /there is no specialist entity-architekt\. Did you mean entity-architect\?/,
    ],
    ['a specialist in another’s wave', withMore(aTask('w2-entity-architect')), /is in wave 2, but entity-architect works in wave 1/],
    ['one who only reads', withMore(aTask('w0-foundation-analyst')), /foundation-analyst writes no files/],
    [
      'wave 0 without failures of the base',
      withMore(aTask('w0-entity-architect')),
      /is in wave 0, which is for failures of the base commit only, and there are none: move it to wave 1/,
    ],
    ['no files', withTask('w1-entity-architect', { files: [] }), /w1-entity-architect has no files/],
    ['an empty brief', withTask('w1-entity-architect', { brief: ' ' }), /w1-entity-architect: brief is empty/],
    ['empty acceptance', withTask('w1-entity-architect', { acceptance: ['  '] }), /empty line of acceptance/],
    [
      'a need that is not there',
      withTask('w4-rest-api-builder', { needs: ['w2-repository-bilder'] }),
      /needs w2-repository-bilder, which is not in the plan\. Did you mean w2-repository-builder\?/,
    ],
    [
      'a need of the same wave',
      withMore(aTask('w4-rest-api-builder-2', { needs: ['w4-rest-api-builder'] })),
      /needs w4-rest-api-builder \(wave 4\): needs point to earlier waves\. Declare what it uses as a contract/,
    ],
    [
      'a circle',
      withTask('w2-repository-builder', { needs: ['w4-rest-api-builder'] }),
      /in a circle: w2-repository-builder → w4-rest-api-builder → w2-repository-builder\.$/,
    ],
    ['a need of itself', withTask('w1-entity-architect', { needs: ['w1-entity-architect'] }), /needs itself/],
    [
      'two integrators of one wave',
      withMore(aTask('w4-rest-api-builder-2', { integrates: true })),
      /Wave 4 has 2 integrating tasks \(w4-rest-api-builder, w4-rest-api-builder-2\)/,
    ],
    ['a specialist nobody speaks of', anAnswer({ skipped: [] }), /Nobody says what becomes of documentation-writer/],
    [
      'a specialist with a task and skipped',
      anAnswer({ skipped: [...anAnswer().skipped, { specialist: 'entity-architect', reason: 'r' }] }),
      /entity-architect has a task and is skipped at once/,
    ],
    [
      'a specialist folded and skipped',
      anAnswer({ skipped: [...anAnswer().skipped, { specialist: 'value-object-designer', reason: 'r' }] }),
      /value-object-designer is folded into a task \(covers\) and skipped at once/,
    ],
    [
      'no reason',
      anAnswer({ skipped: [{ specialist: 'documentation-writer', reason: ' ' }] }),
      /In skipped: documentation-writer has no reason/,
    ],
    [
      'theatre',
      anAnswer({ tasks: Array.from({ length: 120 }, (_, at) => aTask(`w1-entity-architect-${at + 2}`)) }),
      /The plan has 120 tasks/,
    ],
  ])('%s', (_, answer, expected) => {
    expect(faultsOf(answer).join('\n')).toMatch(new RegExp(expected.source, 'm'))
  })

  test('a failure of the base commit may become a task of wave 0, by the specialist whose field it is', () => {
    expect(
      faultsOf(withMore(aTask('w0-rest-api-builder', { requirements: [] })), {
        baseFailures: [{ message: 'undefined: syscall.SO_REUSEPORT' }],
      }),
    ).toEqual([])
  })
})
