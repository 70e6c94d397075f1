// A commit request -> the text of its message. Titles come from plans, so nothing in them may pass for a trailer.
import type { CommitRequest } from '../../world.ts'

/** By taste: git's own tools cut subjects at about this length. */
const maxSubject = 100

/** Subject, blank line, body, blank line, trailers. Subject and trailer values are made one line. */
export function sayCommit(request: Pick<CommitRequest, 'subject' | 'body' | 'trailers'>): string {
  const trailers = Object.entries(request.trailers ?? {}).map(([key, value]) => `${key}: ${oneLine(value)}`)
  const body = (request.body ?? '').trim()
  // Only the last paragraph can hold trailers: without any of our own, a body that ends like one is closed by a dash.
  const closed = trailers.length === 0 && /(^|\n)[A-Za-z0-9-]+: [^\n]*$/.test(body) ? `${body}\n\n-` : body
  const parts = [shorten(oneLine(request.subject)) || '(no subject)', closed, trailers.join('\n')]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function oneLine(text: string): string {
  return text.replace(/[\s\u0000-\u001f\u007f]+/g, ' ').trim()
}

function shorten(text: string): string {
  return text.length <= maxSubject ? text : `${text.slice(0, maxSubject - 1).trimEnd()}…`
}
