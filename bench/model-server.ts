// The strict Messages API server as a process of its own, so that its work is nobody's figure. Says its address, then answers until it is ended.
import { createWriteStream, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { demoRecording } from '../examples/demo-scene.ts'
import type { Answer } from '../test/fakes/messages-api/answers.ts'
import { blocksOf, type MessagesRequest } from '../test/fakes/messages-api/request.ts'
import { startMessagesApi } from '../test/fakes/messages-api/server.ts'
import { recordedAnswers } from './recorded-answers.ts'
import type { Noted } from './server-process.ts'
import { agentOf, answerOf, planOf, turnOf, type Work } from './site.ts'

const { values } = parseArgs({
  options: {
    agents: { type: 'string', default: '1' },
    work: { type: 'string', default: 'mixed' },
    'first-token-ms': { type: 'string', default: '300' },
    notes: { type: 'string' },
  },
})
const firstTokenDelayMs = Number(values['first-token-ms'])
const plan = planOf(Number(values.agents))
const recorded = values.work === 'demo' ? recordedAnswers(demoRecording()) : undefined
const notes = values.notes ?? '/dev/null'
writeFileSync(notes, '')
const file = createWriteStream(notes, { flags: 'a' })
const arrived = new Map<MessagesRequest, number>()

function isPlanning(request: MessagesRequest): boolean {
  return request.tools?.some((tool) => tool.name === 'submit_plan') === true
}

/** Planning is not what is measured: its answers come at once. */
function answer(request: MessagesRequest): Answer {
  arrived.set(request, Date.now())
  if (recorded !== undefined) return { content: recorded(request), firstTokenDelayMs: isPlanning(request) ? 0 : firstTokenDelayMs }
  return { content: answerOf(request, plan, values.work as Work), firstTokenDelayMs: isPlanning(request) ? 0 : firstTokenDelayMs }
}

function note(request: MessagesRequest, usage: Pick<Noted, 'inputTokens' | 'cacheReadTokens' | 'cacheWriteTokens'>): void {
  const turn = turnOf(request)
  const { inputTokens, cacheReadTokens, cacheWriteTokens } = usage
  const noted: Noted = {
    atMs: arrived.get(request) ?? Number.NaN,
    answeredMs: Date.now(),
    isPlanning: isPlanning(request),
    agent: agentOf(request),
    turn,
    inputTokens,
    cacheReadTokens,
    cacheWriteTokens,
    ...(turn === 1 && values.work === 'mixed'
      ? {
          shared: {
            tools: JSON.stringify(request.tools),
            system: textOf(request.system ?? ''),
            firstMessage: textOf(request.messages[0]?.content ?? ''),
          },
        }
      : {}),
  }
  arrived.delete(request)
  file.write(`${JSON.stringify(noted)}\n`)
}

function textOf(content: Parameters<typeof blocksOf>[0]): string {
  return blocksOf(content)
    .map((block) => String(block['text'] ?? ''))
    .join('')
}

const api = await startMessagesApi({ answer, onRequest: ({ body, usage }) => note(body, usage) })
console.log(api.url)
process.on('SIGTERM', () => {
  file.end(() => process.exit(0))
  void sleep(2_000).then(() => process.exit(0))
})
