// A recording -> what the strict server answers: who asks, and for which turn, is read from the request, as a model would read it.
import { readRecording } from '../src/adapters/anthropic/recording.ts'
import type { AnswerBlock } from '../test/fakes/messages-api/answers.ts'
import { blocksOf, type MessagesRequest } from '../test/fakes/messages-api/request.ts'

/** Answers of a recording in which no task was tried twice. Errors: for a conversation or a turn that it does not have. */
export function recordedAnswers(path: string): (request: MessagesRequest) => readonly AnswerBlock[] {
  const recording = readRecording(path)
  return (request) => {
    const about = whoAsks(request)
    const turn = request.messages.filter((message) => message.role === 'assistant').length + 1
    const entry = recording.turn(about, 1, turn)
    if (entry === undefined) throw new Error(`the recording has no turn ${turn} of ${about}`)
    return (entry.result['content'] as readonly AnswerBlock[]).map((block) =>
      block.type === 'tool_use' ? { type: 'tool_use', name: block.name, input: block.input } : block,
    )
  }
}

function whoAsks(request: MessagesRequest): string {
  if (request.tools?.some((tool) => tool.name === 'submit_plan') === true) return 'plan'
  const first = blocksOf(request.messages[0]?.content ?? '')
    .map((block) => (block.type === 'text' ? block.text : ''))
    .join('\n')
  return /^# Your task: (\S+)$/mu.exec(first)?.[1] ?? ''
}
