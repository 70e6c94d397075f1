// Exchanges -> messages: what is marked for the cache, what is shortened, and what stays the same object from request to request.
import { expect, test } from 'vitest'
import { buildMessages, type Exchange } from '../../src/agent/messages.ts'

function exchange(number: number, text = `result ${number}`): Exchange {
  const answer = [{ type: 'tool_use', id: `t${number}`, name: 'read', input: { path: `${number}.go` } }] as unknown as Exchange['answer']
  return { answer, results: [{ toolUseId: `t${number}`, text, isError: false }] }
}

const markedIn = (messages: ReturnType<typeof buildMessages>) =>
  messages.flatMap((message, index) => (JSON.stringify(message).includes('cache_control') ? [index] : []))

test('the two newest messages of the user are marked, in every request anew, whatever was built before', () => {
  const exchanges: Exchange[] = []
  const marks = [1, 2, 3, 4].map((number) => {
    const messages = buildMessages('begin', exchanges, 0)
    exchanges.push(exchange(number))
    return markedIn(messages)
  })
  expect(marks).toEqual([[0], [0, 2], [2, 4], [4, 6]])
  expect(buildMessages('begin', exchanges, 0)).toEqual(buildMessages('begin', structuredClone(exchanges), 0))
})

test('older messages are the same objects in later requests, until their results are shortened', () => {
  const exchanges = [exchange(1, 'long '.repeat(200)), exchange(2), exchange(3)]
  const before = buildMessages('begin', exchanges, 0)
  exchanges.push(exchange(4))
  const after = buildMessages('begin', exchanges, 0)
  expect(after.slice(1, 4)).toEqual(before.slice(1, 4))
  expect(after[1]).toBe(before[1])
  expect(after[2]).toBe(before[2])
  const shortened = buildMessages('begin', exchanges, 1)
  expect(JSON.stringify(shortened[2])).toContain('characters of this older result were dropped')
  expect(buildMessages('begin', exchanges, 0)[2]).toBe(before[2])
  expect(buildMessages('begin', exchanges, 1)[2]).toBe(shortened[2])
})
