// A call that only looks -> what was seen, or why not. A refusal and a broken network are answers here, not errors.
import { RequestError } from '@octokit/request-error'

/** `hidden`: GitHub answered, and not with what was asked for: it is not there, or not for this token. `unreachable`: it did not answer. */
export type Seen<Value> =
  | { readonly kind: 'seen'; readonly value: Value }
  | { readonly kind: 'hidden'; readonly status: number; readonly said: string }
  | { readonly kind: 'unreachable'; readonly why: string }

/** Looks. Never throws. */
export async function look<Value>(call: () => Promise<Value>): Promise<Seen<Value>> {
  try {
    return { kind: 'seen', value: await call() }
  } catch (cause) {
    // Octokit gives a network's failure a status too, and no answer.
    if (!(cause instanceof RequestError) || cause.response === undefined || cause.status >= 500) {
      return { kind: 'unreachable', why: cause instanceof RequestError ? `${cause.status} ${cause.message}` : String(cause) }
    }
    return { kind: 'hidden', status: cause.status, said: cause.message.split(' - http')[0] ?? cause.message }
  }
}
