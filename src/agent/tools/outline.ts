// Tool `outline`: packages, files and exported declarations of the worktree as Go's own type checker sees them.
import { z } from 'zod'
import type { Tool } from '../../world.ts'
import { placeOf } from '../workspace.ts'
import { failed, succeeded } from './answer.ts'
import { maxResultCharacters } from './bounds.ts'

/** Contract: `folder` is relative to the repository's root; answers text for a prompt, at most `maxBytes`, or says why there is none; never rejects. */
export type Outline = (request: {
  readonly folder: string
  readonly maxBytes: number
  readonly signal: AbortSignal
}) => Promise<{ readonly kind: 'outline'; readonly text: string } | { readonly kind: 'failed'; readonly why: string }>

const input = z.object({ path: z.string().optional() })

/** Outlines a folder and what lies below it. */
export function outlineTool(root: string, outline: Outline): Tool<never> {
  return {
    name: 'outline',
    description: 'Exported Go declarations of a folder and below, with signatures.',
    input,
    run: async (raw, { signal }) => {
      const { path = '.' } = input.parse(raw)
      const place = await placeOf(root, path)
      if (place.kind === 'refused') return failed(place.why)
      const answer = await outline({ folder: place.path, maxBytes: maxResultCharacters, signal })
      return answer.kind === 'outline' ? succeeded(answer.text) : failed(answer.why)
    },
  }
}
