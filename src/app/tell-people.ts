// A run that needs a person, or is over -> a comment of its own: an edited board sends no mail. Once for each occasion.
import type { GitHub } from '../github.ts'
import { sayStopOnIssue } from '../report/issue-board.ts'
import { isOver } from '../report/standing.ts'
import type { RunState } from '../run/state.ts'
import { approveBox } from './approve-box.ts'
import type { AppParts, Origin } from './parts.ts'
import type { ShownPulls } from './show-pull-requests.ts'

/** Says it, where there is something to say. Errors: WorldFault, Gone. */
export async function tellPeople(
  { machine }: AppParts,
  given: { readonly github: GitHub; readonly origin: Origin; readonly state: RunState; readonly pulls: ShownPulls['pulls'] },
): Promise<void> {
  const { github, origin, state, pulls } = given
  const { run } = state
  if (!isOver(state) || state.published === false || isPausedByPerson(state) || state.stop?.kind === 'interrupted') return
  // `lastAt` moves with every event, also with those of a process that only looked; what was asked names the occasion.
  const occasion = occasionOf(state)
  const put = () =>
    github.putComment({ issue: origin.thread.number, marker: `dce-asks ${run} ${occasion}`, body: textFor(state, origin, pulls) })
  if (state.stop?.kind !== 'approval') {
    await put()
    return
  }
  // Written once: written again, it would take a tick back before it is heard.
  const journal = machine.journal()
  const id = await journal.once({ run, key: `github/asks/${occasion}` }, put)
  await journal.once({ run, key: boxKey(id) }, async () => occasion)
}

// A pause of ours, of a run that nobody could see, is told when somebody can.
function isPausedByPerson({ stop }: RunState): boolean {
  return stop?.kind === 'paused' && !stop.by.startsWith('dce: ')
}

/** Recorded for a comment of ours with a box, by its occasion. */
export const boxKey = (comment: number) => `github/box/${comment}`

/** Takes a tick back that did not count. Errors: WorldFault, Gone. */
export async function untick(
  github: GitHub,
  given: { readonly state: RunState; readonly origin: Origin; readonly comment: number; readonly occasion: string },
): Promise<void> {
  const { state, origin, comment, occasion } = given
  const marker = `dce-asks ${state.run} ${occasion}`
  await github.putComment({ issue: origin.thread.number, marker, body: textFor(state, origin, []), id: comment })
}

function textFor(state: RunState, origin: Origin, pulls: ShownPulls['pulls']): string {
  const stop = sayStopOnIssue(state)
  if (stop === undefined) return `The run is finished: ${sayReady(pulls)}`
  const box = state.stop?.kind === 'approval' ? `\n\n${approveBox}` : ''
  return `@${origin.by} ${stop.what}${box}${stop.next === undefined ? '' : `\n\nGo on with: ${stop.next}`}`
}

function sayReady(pulls: ShownPulls['pulls']): string {
  const names = pulls.map(({ number }) => `#${number}`).join(', ')
  if (pulls.length > 1) return `${names} are ready for review, in this order.`
  return pulls.length === 1 ? `${names} is ready for review.` : 'its branch is pushed.'
}

function occasionOf(state: RunState): string {
  const rounds = state.waves.map((wave) => `${wave.phase[0]}${wave.round}`).join('')
  return `${state.finished ? 'finished' : state.stop?.kind} ${rounds} ${state.lastLetter}`
}
