// Issues, their comments, labels and reactions.
import {
  comment as renderComment,
  issueEvent as renderEvent,
  issue as renderIssue,
  label as renderLabel,
  reaction as renderReaction,
} from './render.ts'
import { type Answer, type Call, invalid, made, notFound, ok, page, type Route } from './route.ts'
import { type Comment, type Issue, nextId, type Reaction } from './state.ts'

/** GitHub refuses longer bodies of comments, issues and pull requests. */
export const maxBodyCharacters = 65_536

const issues = '/repos/{owner}/{repo}/issues' as const

function issueOf(call: Call): Issue | undefined {
  return call.repository.hasIssues ? call.repository.issues.get(Number(call.params['issue_number'])) : undefined
}

function withIssue(call: Call, then: (issue: Issue) => Answer): Answer {
  if (!call.repository.hasIssues)
    return { status: 410, body: { message: 'Issues has been disabled in this repository.', documentation_url: 'x' } }
  const found = issueOf(call)
  return found === undefined ? notFound() : then(found)
}

function createComment(call: Call): Answer {
  return withIssue(call, (issue) => {
    const body = String(call.body['body'])
    if (body.trim() === '') return invalid('Body can not be blank')
    if (body.length > maxBodyCharacters) return invalid('Body is too long (maximum is 65536 characters)')
    const at = call.state.now()
    const made: Comment = {
      id: nextId(call.state),
      issue: issue.number,
      user: call.actor,
      at,
      body,
      updatedAt: at,
      byApp: true,
      reactions: [],
      history: [body],
    }
    call.repository.comments.set(made.id, made)
    issue.updatedAt = at
    const shown = renderComment(call.places, call.repository, made)
    call.tell('issue_comment', { action: 'created', issue: renderIssue(call.places, call.repository, issue), comment: shown })
    return { status: 201, body: shown }
  })
}

function updateComment(call: Call): Answer {
  const found = call.repository.comments.get(Number(call.params['comment_id']))
  if (found === undefined) return notFound()
  const body = String(call.body['body'])
  if (body.length > maxBodyCharacters) return invalid('Body is too long (maximum is 65536 characters)')
  found.body = body
  found.history.push(body)
  found.updatedAt = call.state.now()
  const issue = call.repository.issues.get(found.issue)
  const shown = renderComment(call.places, call.repository, found)
  if (issue !== undefined)
    call.tell('issue_comment', { action: 'edited', issue: renderIssue(call.places, call.repository, issue), comment: shown })
  return ok(shown)
}

/** Adding the same reaction again answers with the one that is there: 200, not 201. */
export function react(call: Call, reactions: Reaction[]): Answer {
  const content = String(call.body['content'])
  const there = reactions.find((one) => one.content === content && one.user.login === call.actor.login)
  if (there !== undefined) return ok(renderReaction(call.places, there))
  const added: Reaction = { id: nextId(call.state), content, user: call.actor, at: call.state.now() }
  reactions.push(added)
  return made(renderReaction(call.places, added))
}

function labelsOf(call: Call, issue: Issue): readonly unknown[] {
  return issue.labels.flatMap((name) => {
    const known = call.repository.labels.get(name.toLowerCase())
    return known === undefined ? [] : [renderLabel(call.places, call.repository, known)]
  })
}

function addLabels(call: Call): Answer {
  return withIssue(call, (issue) => {
    for (const name of (call.body['labels'] ?? []) as readonly string[]) {
      // GitHub makes a label that is not there yet.
      if (!call.repository.labels.has(name.toLowerCase())) {
        call.repository.labels.set(name.toLowerCase(), { id: nextId(call.state), name, color: 'ededed', description: '' })
      }
      if (issue.labels.some((one) => one.toLowerCase() === name.toLowerCase())) continue
      issue.labels.push(name)
    }
    return ok(labelsOf(call, issue))
  })
}

function removeLabel(call: Call): Answer {
  return withIssue(call, (issue) => {
    const name = call.params['name']?.toLowerCase()
    if (!issue.labels.some((one) => one.toLowerCase() === name)) return { ...notFound(), body: { message: 'Label does not exist' } }
    issue.labels = issue.labels.filter((one) => one.toLowerCase() !== name)
    return ok(labelsOf(call, issue))
  })
}

const since = (call: Call) => Date.parse(call.query.get('since') ?? new Date(0).toISOString())
// GitHub counts in seconds.
const second = (ms: number) => Math.floor(ms / 1_000) * 1_000
const own = (call: Call) => `/repos/${call.params['owner']}/${call.params['repo']}/issues`

// Newest first, as it is asked for; pull requests are issues too.
function listIssues(call: Call): Answer {
  const wanted = (call.query.get('labels') ?? '').split(',').filter((name) => name !== '')
  const found = [...call.repository.issues.values()]
    .filter((issue) => issue.state === (call.query.get('state') ?? 'open') && second(issue.updatedAt) >= since(call))
    .filter((issue) => wanted.every((name) => issue.labels.some((one) => one.toLowerCase() === name.toLowerCase())))
    .sort((a, b) => b.updatedAt - a.updatedAt)
  return page(
    call,
    own(call),
    found.map((issue) => renderIssue(call.places, call.repository, issue)),
  )
}

function listComments(call: Call): Answer {
  const found = [...call.repository.comments.values()]
    .filter((one) => second(one.updatedAt) >= since(call) && call.repository.issues.has(one.issue))
    .sort((a, b) => b.updatedAt - a.updatedAt)
  return page(
    call,
    `${own(call)}/comments`,
    found.map((one) => renderComment(call.places, call.repository, one)),
  )
}

export const issueRoutes: readonly Route[] = [
  { operation: `GET ${issues}`, auth: ['issues', 'read'], handle: listIssues },
  { operation: `GET ${issues}/comments`, auth: ['issues', 'read'], handle: listComments },
  {
    operation: `GET ${issues}/{issue_number}/events`,
    auth: ['issues', 'read'],
    handle: (call) =>
      withIssue(call, ({ number, events }) =>
        page(
          call,
          `${own(call)}/${number}/events`,
          events.map((one) => renderEvent(call.places, call.repository, { number, one })),
        ),
      ),
  },
  {
    operation: `GET ${issues}/{issue_number}`,
    auth: ['issues', 'read'],
    handle: (call) => withIssue(call, (issue) => ok(renderIssue(call.places, call.repository, issue))),
  },
  {
    operation: `GET ${issues}/{issue_number}/comments`,
    auth: ['issues', 'read'],
    handle: (call) =>
      withIssue(call, (issue) => {
        const all = [...call.repository.comments.values()].filter((one) => one.issue === issue.number)
        const path = `/repos/${call.params['owner']}/${call.params['repo']}/issues/${issue.number}/comments`
        return page(
          call,
          path,
          all.map((one) => renderComment(call.places, call.repository, one)),
        )
      }),
  },
  { operation: `POST ${issues}/{issue_number}/comments`, auth: ['issues', 'write'], creates: true, handle: createComment },
  { operation: `PATCH ${issues}/comments/{comment_id}`, auth: ['issues', 'write'], handle: updateComment },
  {
    operation: `POST ${issues}/comments/{comment_id}/reactions`,
    auth: ['issues', 'write'],
    creates: true,
    handle: (call) => {
      const found = call.repository.comments.get(Number(call.params['comment_id']))
      return found === undefined ? notFound() : react(call, found.reactions)
    },
  },
  {
    operation: `POST ${issues}/{issue_number}/reactions`,
    auth: ['issues', 'write'],
    creates: true,
    handle: (call) => withIssue(call, (issue) => react(call, issue.reactions)),
  },
  { operation: `POST ${issues}/{issue_number}/labels`, auth: ['issues', 'write'], creates: true, handle: addLabels },
  { operation: `DELETE ${issues}/{issue_number}/labels/{name}`, auth: ['issues', 'write'], handle: removeLabel },
]
