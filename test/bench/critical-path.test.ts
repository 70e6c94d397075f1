// Times of a run in which everything was alone -> the longest chain that `adaptive` cannot shorten.
import { expect, test } from 'vitest'
import { aloneTimes, criticalPathMs } from '../../bench/critical-path.ts'
import { cpuBetween, peakBetween } from '../../bench/watch.ts'
import type { RunEvent } from '../../src/run/event.ts'

const event = (at: number, type: RunEvent['type'], more: object): RunEvent => ({ at, type, ...more }) as RunEvent
const task = (at: number, id: string, ms: number, attempt = 1) => [
  event(at, 'task-started', { task: id, attempt }),
  event(at + ms, 'task-ended', { task: id, attempt }),
]

test('a repair belongs to the gate that asked for it', () => {
  const events = [
    ...task(0, 'a', 10),
    ...task(10, 'b', 20),
    event(35, 'wave-merged', { wave: 1 }),
    event(45, 'gate-judged', { wave: 1 }),
    ...task(45, 'a', 30, 2),
    event(80, 'wave-merged', { wave: 1 }),
    event(95, 'gate-judged', { wave: 1 }),
  ]
  const { tasks, waves } = aloneTimes(events)
  expect([...tasks]).toEqual([
    ['a', 10],
    ['b', 20],
  ])
  expect([...waves]).toEqual([[1, { mergeMs: 5, gateMs: 60 }]])
})

const alone = (tasks: Record<string, number>, waves: readonly (readonly [number, number])[]) => ({
  tasks: new Map(Object.entries(tasks)),
  waves: new Map(waves.map(([mergeMs, gateMs], index) => [index + 1, { mergeMs, gateMs }])),
})

test('a task runs beside the gate of what it needs, and a wave is merged when the gate before is green', () => {
  const plan = {
    tasks: [
      { id: 'a', wave: 1, needs: [] },
      { id: 'b', wave: 1, needs: [] },
      { id: 'c', wave: 2, needs: ['a'] },
      { id: 'd', wave: 2, needs: [] },
    ],
  }
  // a and b: 20; merged at 25; gate until 65. c from 25 to 55, d from 0 on: the gate is longer. Merged at 70, green at 80.
  expect(
    criticalPathMs(
      plan,
      alone({ a: 10, b: 20, c: 30, d: 5 }, [
        [5, 40],
        [5, 10],
      ]),
    ),
  ).toBe(80)
  // c is longer than the gate beside it: 25 + 100, merge, gate.
  expect(
    criticalPathMs(
      plan,
      alone({ a: 10, b: 20, c: 100, d: 5 }, [
        [5, 40],
        [5, 10],
      ]),
    ),
  ).toBe(140)
})

test('looks outside the measured time do not count', () => {
  const looks = [
    { atMs: 0, pssMb: 900, cpuMs: 0 },
    { atMs: 1_000, pssMb: 100, cpuMs: 50 },
    { atMs: 2_000, pssMb: 150, cpuMs: 90 },
    { atMs: 3_000, pssMb: 999, cpuMs: 400 },
  ]
  expect(peakBetween(looks, 900, 2_100)).toBe(150)
  expect(cpuBetween(looks, 1_010, 1_990)).toBe(40)
  expect(cpuBetween([], 0, 1)).toBeNaN()
})
