// The strict Messages API server as a process of its own, so that its work is nobody's figure. Says its address, then answers until it is ended.
import { parseArgs } from 'node:util'
import { type LoggedRequest, startMessagesApi } from '../test/fakes/messages-api/server.ts'
import { answerOf, planOf, type Work } from './site.ts'

const { values } = parseArgs({
  options: { agents: { type: 'string' }, work: { type: 'string', default: 'mixed' }, 'first-token-ms': { type: 'string', default: '300' } },
})
const plan = planOf(Number(values.agents))
const usage = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, requests: 0, planning: 0 }

// Planning is not what is measured: its answers come at once, and its tokens are not counted.
function count({ body, usage: used }: LoggedRequest): void {
  if (body.tools?.some((tool) => tool.name === 'submit_plan') === true) {
    usage.planning += 1
    return
  }
  usage.requests += 1
  usage.inputTokens += used.inputTokens
  usage.cacheReadTokens += used.cacheReadTokens
  usage.cacheWriteTokens += used.cacheWriteTokens
  usage.outputTokens += used.outputTokens
}

const api = await startMessagesApi({
  answer: (request) => {
    const isPlanning = request.tools?.some((tool) => tool.name === 'submit_plan') === true
    return { content: answerOf(request, plan, values.work as Work), firstTokenDelayMs: isPlanning ? 0 : Number(values['first-token-ms']) }
  },
  onRequest: count,
})
console.log(api.url)
process.on('SIGUSR2', () => console.log(JSON.stringify(usage)))
process.on('SIGTERM', () => process.exit(0))
