// What a look takes for news, and what it asks for next: tables.
import { describe, expect, it } from 'vitest'
import { isOldLabel } from '../../src/app/hear.ts'
import { firstLook, newCommands, nextLook, rememberedMs } from '../../src/app/look.ts'
import { signalKey } from '../../src/app/signal.ts'
import type { RecentComment } from '../../src/github.ts'

const minute = 60_000
const hour = 60 * minute
const now = 1_000 * hour

describe('a first look', () => {
  it('reaches back to a young installation, for labels; commands count from now', () => {
    expect(firstLook(now - hour, now)).toMatchObject({ issues: { sinceMs: now - hour }, comments: { sinceMs: now } })
  })

  it('of an App that has forgotten everything reaches back to nothing', () => {
    expect(firstLook(now - rememberedMs - 1, now).issues.sinceMs).toBe(now)
  })
})

describe('the next look', () => {
  const seen = { sinceMs: now - hour, newestMs: now - hour, etag: '"a"' }

  it('asks the same question while nothing is new, so that GitHub can say so', () => {
    expect(nextLook(seen, { kind: 'unchanged' }, now)).toEqual(seen)
    expect(nextLook(seen, { kind: 'changed', items: [{ updatedMs: now - hour }], etag: '"b"' }, now)).toEqual({ ...seen, etag: '"b"' })
  })

  it('begins just before the one that found something, without a tag', () => {
    const next = nextLook(
      seen,
      { kind: 'changed', items: [{ updatedMs: now - minute }, { updatedMs: now - 2 * minute }], etag: '"b"' },
      now,
    )
    expect(next).toEqual({ sinceMs: now - 5 * minute, newestMs: now - minute })
    // What was found is in the next answer again, and is no news: its tag is kept.
    const again = nextLook(next, { kind: 'changed', items: [{ updatedMs: now - minute }], etag: '"c"' }, now + 5 * minute)
    expect(again).toEqual({ ...next, etag: '"c"' })
  })

  it('moves once a day without news, and never back', () => {
    expect(nextLook({ ...seen, sinceMs: now - 25 * hour }, { kind: 'unchanged' }, now)).toEqual({
      sinceMs: now - 5 * minute,
      newestMs: now - hour,
    })
    const young = { sinceMs: now - minute, newestMs: 0 }
    expect(nextLook(young, { kind: 'changed', items: [{ updatedMs: now }] }, now)).toMatchObject({ sinceMs: now - minute })
  })
})

describe('comments', () => {
  const comment: RecentComment = {
    kind: 'comment',
    id: 1,
    thread: 7,
    text: '/dce status',
    by: { login: 'ada', isBot: false },
    createdMs: now,
    updatedMs: now,
    isMarked: false,
  }

  it('count when they give a command, were made since then and not changed, oldest first', () => {
    const found = newCommands(
      [
        { ...comment, id: 5, createdMs: now + 2, updatedMs: now + 2 },
        { ...comment, id: 4, text: 'I would say /dce status' },
        { ...comment, id: 3, updatedMs: now + 1 },
        { ...comment, id: 2, createdMs: now - 1, updatedMs: now - 1 },
        comment,
      ],
      now,
    )
    expect(found.map(({ id }) => id)).toEqual([1, 5])
  })

  it('are one however they came; issue comments and lines of a review with one number are two', () => {
    const said = {
      kind: 'said',
      thread: { installation: 1, owner: 'a', name: 'b', number: 7 },
      by: comment.by,
      text: '/dce status',
    } as const
    expect(signalKey({ ...said, comment: { kind: 'comment', id: 1 } })).not.toBe(
      signalKey({ ...said, comment: { kind: 'review-comment', id: 1 } }),
    )
  })
})

describe('a label', () => {
  it.each([
    ['seen by a look after its webhook', { at: now, polled: true as const }, { labelledAt: now }, true],
    ['set after that', { at: now + 1_000, polled: true as const }, { labelledAt: now }, false],
    ['whose webhook comes after a look', { at: now + 2_000 }, { labelledAt: now + minute }, true],
    ['set twice within a second', { at: now }, { labelledAt: now }, false],
    ['set again later', { at: now + 2 * minute }, { labelledAt: now + minute }, false],
    ['of a thread that heard of none', { at: now, polled: true as const }, {}, false],
    ['of an older release’s delivery', {}, { labelledAt: now }, false],
  ])('%s', (_name, label, known, old) => expect(isOldLabel(label, known)).toBe(old))
})
