// Each rule of the service: a request that breaks it is refused with the service's status and words; the request beside it is taken.
import { describe, expect, it } from 'vitest'
import { refuse } from './validate.ts'

const headers = { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' }
const tool = { name: 'read', input_schema: { type: 'object' } }
const user = (content: unknown) => ({ role: 'user', content })
const assistant = (content: unknown) => ({ role: 'assistant', content })
const call = (id: string, more: object = {}) => ({ type: 'tool_use', id, name: 'read', input: {}, ...more })
const result = (id: string, more: object = {}) => ({ type: 'tool_result', tool_use_id: id, content: 'x', ...more })
const words = (text: string, more: object = {}) => ({ type: 'text', text, ...more })
const marked = (ttl?: string) => ({ cache_control: { type: 'ephemeral', ...(ttl === undefined ? {} : { ttl }) } })
const base = { model: 'claude-sonnet-5-5', max_tokens: 2000, messages: [user('hi')], tools: [tool] }
const asked = (...blocks: readonly unknown[]) => ({ messages: [user(blocks)] })
const answered = (use: unknown, ...blocks: readonly unknown[]) => ({ messages: [user('a'), assistant([use]), user(blocks)] })

it('takes a conversation with tools, results, words behind them, thinking and breakpoints', () => {
  const body = {
    ...base,
    system: [words('You are brief.', marked('1h'))],
    thinking: { type: 'enabled', budget_tokens: 1024 },
    tool_choice: { type: 'auto' },
    messages: [
      user('a'),
      assistant([{ type: 'thinking', thinking: 'hm', signature: 's' }, words('I read.'), call('t1'), call('t2')]),
      user([result('t2'), result('t1', { is_error: true }), words('go on', marked())]),
    ],
  }
  expect(refuse(headers, body)).toBeUndefined()
})

describe('headers and fields', () => {
  it('want a key and a version', () => {
    expect(refuse({ 'anthropic-version': 'x' }, base)).toMatchObject({ status: 401, type: 'authentication_error' })
    expect(refuse({ 'x-api-key': 'k' }, base)).toMatchObject({ status: 400, message: expect.stringContaining('anthropic-version') })
  })

  it.each<[string, object, number, RegExp]>([
    ['an unknown model', { model: 'claude-none' }, 404, /model: claude-none/u],
    ['no max_tokens', { max_tokens: undefined }, 400, /max_tokens: Field required/u],
    ['more output than the model has', { max_tokens: 200_000 }, 400, /200000 > 128000/u],
    ['an unknown field', { extra: 1 }, 400, /extra: Extra inputs are not permitted/u],
    ['no messages', { messages: [] }, 400, /at least one message/u],
  ])('%s', refused)
})

describe('tools', () => {
  it.each<[string, object, number, RegExp]>([
    ['one name twice', { tools: [tool, tool] }, 400, /unique/u],
    ['a name with a space', { tools: [{ ...tool, name: 'a b' }] }, 400, /pattern/u],
    ['a schema that is no object', { tools: [{ ...tool, input_schema: { type: 'string' } }] }, 400, /'object'/u],
    ['a choice that is none', { tool_choice: { type: 'maybe' } }, 400, /tool_choice\.type/u],
    ['a choice of a tool that is not there', { tool_choice: { type: 'tool', name: 'write' } }, 400, /'write' not found/u],
    ['a choice without tools', { tools: [], tool_choice: { type: 'auto' } }, 400, /while providing tools/u],
    ['results without tools', { ...answered(call('t1'), result('t1')), tools: [] }, 400, /at least one tool/u],
  ])('%s', refused)
})

describe('messages', () => {
  it.each<[string, object, number, RegExp]>([
    ['an assistant first', { messages: [assistant('x')] }, 400, /first message/u],
    ['an assistant last', { messages: [user('a'), assistant('x')] }, 400, /prefill/u],
    ['a third role', { messages: [user('a'), { role: 'system', content: 'x' }] }, 400, /'user' or 'assistant'/u],
    ['no content', { messages: [user([])] }, 400, /non-empty content/u],
    ['empty text', asked(words('')), 400, /non-empty/u],
    ['an unknown block', asked({ type: 'poem' }), 400, /'poem' does not match/u],
    ['an unknown field of a block', asked(words('a', { tone: 'low' })), 400, /tone: Extra inputs/u],
    ['a tool call without result', { messages: [user('a'), assistant([call('t1')]), user('b')] }, 400, /without tool_result/u],
    ['a result without a call', asked(result('t9')), 400, /unexpected tool_use_id/u],
    ['one result twice', answered(call('t1'), result('t1'), result('t1')), 400, /single result/u],
    ['an empty result', answered(call('t1'), result('t1', { content: [words('')] })), 400, /non-empty/u],
    ['results behind words', answered(call('t1'), words('x'), result('t1')), 400, /come first/u],
    ['one id twice', { messages: [user('a'), assistant([call('t1'), call('t1')])] }, 400, /unique/u],
    ['an id with a space', answered(call('t 1'), result('t 1')), 400, /tool_use\.id/u],
    ['input that is no object', answered(call('t1', { input: 'a.go' }), result('t1')), 400, /valid dictionary/u],
    ['thinking without its signature', answered({ type: 'thinking', thinking: 'hm' }, words('b')), 400, /signature/u],
  ])('%s', refused)
})

describe('thinking', () => {
  it.each<[string, object, number, RegExp]>([
    ['too small a budget', { thinking: { type: 'enabled', budget_tokens: 100 } }, 400, /1024/u],
    ['a budget that leaves no answer', { thinking: { type: 'enabled', budget_tokens: 2000 } }, 400, /greater than thinking/u],
    ['with a forced tool', { thinking: { type: 'adaptive' }, tool_choice: { type: 'any' } }, 400, /forces tool use/u],
  ])('%s', refused)
})

describe('breakpoints', () => {
  it.each<[string, object, number, RegExp]>([
    ['five', asked(...[1, 2, 3, 4, 5].map((n) => words(`${n}`, marked()))), 400, /maximum of 4/u],
    ['four and the automatic one', { ...asked(...[1, 2, 3, 4].map((n) => words(`${n}`, marked()))), ...marked() }, 400, /Found 5/u],
    ['an hour behind five minutes', asked(words('a', marked('5m')), words('b', marked('1h'))), 400, /must not come after/u],
    ['a life that is not sold', asked(words('a', marked('2h'))), 400, /ttl/u],
  ])('%s', refused)
})

function refused(_: string, change: object, status: number, message: RegExp): void {
  expect(refuse(headers, { ...base, ...change })).toMatchObject({ status, message: expect.stringMatching(message) })
}
