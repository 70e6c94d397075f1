// Tools `request_path`, `request_contract_change`, `request_module`: asking for what the plan did not foresee. The answer comes from a rule, at once.
import { z } from 'zod'
import type { Tool, ToolAnswer } from '../../world.ts'
import type { RequestAnswered } from '../attempt.ts'
import type { AgentRequest } from '../requests.ts'
import { failed, succeeded } from './answer.ts'

/** Contract: answers by the rule, makes a grant effective before it resolves, and tells the run; never throws for a refusal. */
export type Ask = (request: AgentRequest) => Promise<RequestAnswered>

const pathInput = z.object({ path: z.string().min(1), why: z.string().min(1) })
const contractInput = z.object({ symbol: z.string().min(1), source: z.string().min(1), why: z.string().min(1) })
const moduleInput = z.object({ path: z.string().min(1), why: z.string().min(1) })

/** The three tools, in fixed order. */
export function requestTools(ask: Ask): readonly Tool<never>[] {
  return [
    {
      name: 'request_path',
      description: 'Ask to write a path that is not yours.',
      input: pathInput,
      run: async (raw) => say(await ask({ kind: 'path', ...pathInput.parse(raw) })),
    },
    {
      name: 'request_contract_change',
      description: 'Ask to change a contract of yours that declares symbol; source: the whole contract as it should be.',
      input: contractInput,
      run: async (raw) => say(await ask({ kind: 'contract', ...contractInput.parse(raw) })),
    },
    {
      name: 'request_module',
      description: 'Ask for a Go module, or one package of it, that go.mod lacks.',
      input: moduleInput,
      run: async (raw) => say(await ask({ kind: 'module', ...moduleInput.parse(raw) })),
    },
  ]
}

function say(answer: RequestAnswered): ToolAnswer<never> {
  return answer.granted ? succeeded(`Granted: ${answer.reason}.`) : failed(`Refused: ${answer.reason}.`)
}
