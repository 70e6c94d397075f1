// Words -> a tool's answer. Nothing else stands here.
import type { ToolAnswer } from '../../world.ts'

/** A call that did what was asked. */
export function succeeded(text: string): ToolAnswer<never> {
  return { text, isError: false }
}

/** A call that did not; the text says why and what to do. */
export function failed(text: string): ToolAnswer<never> {
  return { text, isError: true }
}
