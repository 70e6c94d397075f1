// A webhook delivery -> what it means to a run, or why it means nothing. The border for GitHub's payloads; pure.
import { z } from 'zod'
import { isTicked } from './approve-box.ts'
import { gateWorkflowPath } from './read-gate-run.ts'

/** One delivery as it was stored. `guid`: X-GitHub-Delivery, the same when it is sent again. */
export interface Delivery {
  readonly guid: string
  readonly event: string
  readonly payload: unknown
}

/** An issue or a pull request, through the installation that told of it. */
export interface Thread {
  readonly installation: number
  readonly owner: string
  readonly name: string
  readonly number: number
}

/** Who did it. A bot is one by GitHub's own type, whatever its login looks like. Source: github-pitfalls P5. */
export interface Actor {
  readonly login: string
  readonly isBot: boolean
}

/** What happened on a thread. Texts are untrusted. */
export type Signal =
  | {
      readonly kind: 'labelled'
      readonly thread: Thread
      readonly by: Actor
      readonly label: string
      readonly title: string
      readonly text: string
      /** When the label was set, ms. In a webhook: when the issue changed last, which may be a little later. */
      readonly at?: number
      /** Nobody told us: it was looked up. */
      readonly polled?: true
    }
  | {
      readonly kind: 'said'
      readonly thread: Thread
      readonly by: Actor
      readonly text: string
      readonly comment: { readonly kind: 'comment' | 'review-comment' | 'review'; readonly id: number }
      /** Head branch, where the thread is a pull request and the payload says so. */
      readonly head?: string
      /** It was found by looking, and somebody has reacted to it already. */
      readonly isMarked?: boolean
    }
  | {
      readonly kind: 'clicked'
      readonly thread: Thread | undefined
      readonly repository: Omit<Thread, 'number'>
      readonly by: Actor
      readonly button: string
      readonly key: string
      readonly guid: string
    }
  | { readonly kind: 'edited'; readonly thread: Thread; readonly by: Actor; readonly text: string }
  /** Somebody ticked the box in a comment of a bot; whether it is one of ours, the run's record knows. */
  | { readonly kind: 'ticked'; readonly thread: Thread; readonly by: Actor; readonly comment: number; readonly guid: string }
  | { readonly kind: 'gone'; readonly thread: Thread; readonly why: string }
  | { readonly kind: 'merged'; readonly thread: Thread; readonly head: string }

/** A signal on a thread; a run of the gate's workflow that ended, for whoever waits for it; or a few words for the log. */
export type Heard =
  | { readonly kind: 'signal'; readonly signal: Signal }
  | { readonly kind: 'gate-ran'; readonly head: string }
  | { readonly kind: 'nothing'; readonly why: string }

/** Objects of the durable engine are keyed by this. Repository names do not care about case. */
export function threadKey({ owner, name, number }: Thread): string {
  return `${owner}/${name}#${number}`.toLowerCase()
}

/** What a signal is, however it came: a comment is one whether a webhook or a look brought it. Undefined where the delivery says enough. */
export function signalKey(signal: Signal): string | undefined {
  return signal.kind === 'said' ? `${signal.comment.kind}-${signal.comment.id}` : undefined
}

const Sender = z.object({ login: z.string(), type: z.string() })
const Where = z.object({
  repository: z.object({ name: z.string(), owner: z.object({ login: z.string() }) }),
  installation: z.object({ id: z.number() }),
  sender: Sender,
})
const Issue = z.object({ number: z.number(), title: z.string(), body: z.string().nullish(), updated_at: z.string().nullish() })
const Labelled = Where.extend({ action: z.literal('labeled'), issue: Issue, label: z.object({ name: z.string() }) })
const Said = Where.extend({
  action: z.literal('created'),
  issue: Issue,
  comment: z.object({ id: z.number(), body: z.string(), user: Sender.nullish() }),
})
const Reworded = Where.extend({
  action: z.literal('edited'),
  issue: Issue,
  comment: z.object({ id: z.number(), body: z.string(), user: Sender.nullish() }),
  changes: z.object({ body: z.object({ from: z.string() }) }).partial(),
})
const Pull = z.object({ number: z.number(), head: z.object({ ref: z.string() }), merged: z.boolean().nullish() })
const SaidOnLine = Where.extend({
  action: z.literal('created'),
  pull_request: Pull,
  comment: z.object({ id: z.number(), body: z.string() }),
})
const Reviewed = Where.extend({
  action: z.literal('submitted'),
  pull_request: Pull,
  review: z.object({ id: z.number(), body: z.string().nullish() }),
})
const Clicked = Where.extend({
  action: z.literal('requested_action'),
  requested_action: z.object({ identifier: z.string() }),
  check_run: z.object({ external_id: z.string().nullish() }),
})
const Edited = Where.extend({ action: z.literal('edited'), issue: Issue, changes: z.object({ body: z.unknown() }).partial() })
const Gone = Where.extend({ action: z.enum(['deleted', 'transferred']), issue: Issue })
const Ran = Where.extend({ action: z.literal('completed'), workflow_run: z.object({ head_sha: z.string(), path: z.string() }) })
const Closed = Where.extend({ action: z.literal('closed'), pull_request: Pull })

/** Reads a delivery. Never throws: a payload of another shape than GitHub describes means nothing, and the log says so. */
export function hear({ guid, event, payload }: Delivery): Heard {
  const action = (payload as { readonly action?: unknown } | null)?.action
  switch (`${event}.${String(action)}`) {
    case 'issues.labeled':
      return read(Labelled, payload, (p) => ({
        kind: 'labelled',
        thread: threadOf(p, p.issue.number),
        by: actor(p.sender),
        label: p.label.name,
        title: p.issue.title,
        text: p.issue.body ?? '',
        ...(p.issue.updated_at == null ? {} : { at: Date.parse(p.issue.updated_at) }),
      }))
    case 'issue_comment.created':
      return read(Said, payload, (p) => said(p, p.issue.number, { kind: 'comment', id: p.comment.id }, p.comment.body))
    case 'issue_comment.edited':
      return read(Reworded, payload, (p) =>
        p.comment.user?.type === 'Bot' && isTicked(p.changes.body?.from ?? '', p.comment.body)
          ? { kind: 'ticked', thread: threadOf(p, p.issue.number), by: actor(p.sender), comment: p.comment.id, guid }
          : undefined,
      )
    case 'pull_request_review_comment.created':
      return read(SaidOnLine, payload, (p) => ({
        ...said(p, p.pull_request.number, { kind: 'review-comment', id: p.comment.id }, p.comment.body),
        head: p.pull_request.head.ref,
      }))
    case 'pull_request_review.submitted':
      return read(Reviewed, payload, (p) => ({
        ...said(p, p.pull_request.number, { kind: 'review', id: p.review.id }, p.review.body ?? ''),
        head: p.pull_request.head.ref,
      }))
    case 'check_run.requested_action':
      return read(Clicked, payload, (p) => ({
        kind: 'clicked',
        thread: undefined,
        repository: repositoryOf(p),
        by: actor(p.sender),
        button: p.requested_action.identifier,
        key: p.check_run.external_id ?? '',
        guid,
      }))
    case 'issues.edited':
      return read(Edited, payload, (p) =>
        p.changes.body === undefined
          ? undefined
          : { kind: 'edited', thread: threadOf(p, p.issue.number), by: actor(p.sender), text: p.issue.body ?? '' },
      )
    case 'workflow_run.completed':
      return read(Ran, payload, (p) =>
        p.workflow_run.path.startsWith(gateWorkflowPath) ? { kind: 'gate-ran', head: p.workflow_run.head_sha } : undefined,
      )
    case 'issues.deleted':
    case 'issues.transferred':
      return read(Gone, payload, (p) => ({
        kind: 'gone',
        thread: threadOf(p, p.issue.number),
        why: `${p.sender.login}, who ${p.action} the issue`,
      }))
    case 'pull_request.closed':
      return read(Closed, payload, (p) =>
        p.pull_request.merged === true
          ? { kind: 'merged', thread: threadOf(p, p.pull_request.number), head: p.pull_request.head.ref }
          : undefined,
      )
    default:
      return { kind: 'nothing', why: `${event}.${String(action)} is not for us` }
  }
}

function read<Payload>(
  schema: z.ZodType<Payload>,
  payload: unknown,
  toSignal: (payload: Payload) => Signal | Extract<Heard, { kind: 'gate-ran' }> | undefined,
): Heard {
  const parsed = schema.safeParse(payload)
  if (!parsed.success) return { kind: 'nothing', why: `not as GitHub describes it: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}` }
  const signal = toSignal(parsed.data)
  if (signal === undefined) return { kind: 'nothing', why: 'changes nothing for a run' }
  return signal.kind === 'gate-ran' ? signal : { kind: 'signal', signal }
}

type Placed = z.infer<typeof Where>

function repositoryOf({ repository, installation }: Placed): Omit<Thread, 'number'> {
  return { installation: installation.id, owner: repository.owner.login, name: repository.name }
}

function threadOf(placed: Placed, number: number): Thread {
  return { ...repositoryOf(placed), number }
}

function actor({ login, type }: z.infer<typeof Sender>): Actor {
  return { login, isBot: type !== 'User' }
}

function said(
  placed: Placed,
  number: number,
  comment: Extract<Signal, { kind: 'said' }>['comment'],
  text: string,
): Extract<Signal, { kind: 'said' }> {
  return { kind: 'said', thread: threadOf(placed, number), by: actor(placed.sender), text, comment }
}
