// A sleep of the real clock: over when its time is, or at once when it is aborted, and nothing of it stays on the signal.
import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { systemClock } from '../../../src/adapters/clock/system-clock.ts'

it('sleeps for its time and leaves nothing on the signal', async () => {
  const { signal } = new AbortController()
  const startedAt = performance.now()
  await systemClock.sleep(30, signal)
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(25)
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

it('ends early, without an error, when the signal aborts or was aborted before', async () => {
  const controller = new AbortController()
  const sleeping = systemClock.sleep(60_000, controller.signal)
  controller.abort()
  await sleeping
  await systemClock.sleep(60_000, controller.signal)
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
})
