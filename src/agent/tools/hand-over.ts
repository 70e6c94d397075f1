// Tool `hand_over`: the end of an attempt, in structure. What it says is checked against the tree; faults go back in words, at most twice.
import type { Tool } from '../../world.ts'
import { HandOver } from '../attempt.ts'
import { failed, succeeded } from './answer.ts'

/** How an attempt's conversation ends: with what was said, and the faults that remained after the last try. */
export interface HandedOver {
  readonly handOver: HandOver
  readonly faults: readonly string[]
}

/** Tries before the faults are taken as they are. Source: design, section 4 ("at most twice"). */
const mostReturns = 2

/** Contract of `check`: reads the tree as it is now, names what is not as said or not as planned; never throws for what the agent did. */
export function handOverTool(check: (handOver: HandOver) => Promise<readonly string[]>, returnedBefore: () => number): Tool<HandedOver> {
  return {
    name: 'hand_over',
    description: 'End your work. It is checked against the files.',
    input: HandOver,
    run: async (raw) => {
      const handOver = HandOver.parse(raw)
      const faults = await check(handOver)
      if (faults.length === 0) return { ...succeeded('Accepted.'), ends: { handOver, faults: [] } }
      if (returnedBefore() >= mostReturns) return { ...failed('Taken as it is.'), ends: { handOver, faults } }
      return failed(`Not accepted yet:\n${faults.map((fault) => `- ${fault}`).join('\n')}\nMend it and hand over again.`)
    },
  }
}
