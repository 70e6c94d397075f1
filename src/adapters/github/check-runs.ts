// A check run as it should be -> GitHub: one per key and commit, annotations in batches of 50, texts cut to size.
import type { Annotation, CheckRunPicture } from '../../github.ts'
import type { Place } from './github.ts'
import { makeOnce, notRepeated } from './make-once.ts'

/** GitHub takes this many a request. Source: github-pitfalls P19. */
const annotationsAtOnce = 50
/** GitHub refuses more than 65,535; multi-byte characters count otherwise. Source: github-pitfalls P18. */
const maxTextCharacters = 60_000

/** Makes or updates it, found by key and commit. Annotations can only be added: those that are there already are not sent again. Answers its id. */
export async function putCheckRun(place: Place, picture: CheckRunPicture): Promise<number> {
  const { octokit, owner, name } = place
  const at = { owner, repo: name }
  const made = { name: picture.name, head_sha: picture.head, external_id: picture.key }
  const { id, shown } = await makeOnce({
    ...place,
    find: () => find(place, picture),
    make: async () => {
      const { data } = await octokit.request('POST /repos/{owner}/{repo}/check-runs', {
        ...at,
        ...made,
        ...stateOf(picture),
        ...notRepeated,
      })
      return { id: Number(data.id), shown: 0 }
    },
  })
  const batches = batchesOf(picture.annotations.slice(shown))
  for (const batch of batches.length === 0 ? [[]] : batches) {
    await octokit.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
      ...at,
      check_run_id: id,
      ...stateOf(picture),
      actions: picture.actions.slice(0, 3).map((action) => ({ ...action })),
      output: outputOf(picture, batch),
      // Sent again after a lost answer, annotations would be there twice.
      ...notRepeated,
    })
  }
  return id
}

async function find(
  { octokit, owner, name }: Place,
  picture: CheckRunPicture,
): Promise<{ readonly id: number; readonly shown: number } | undefined> {
  const query = { ref: picture.head, check_name: picture.name, filter: 'all' as const }
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', { owner, repo: name, ...query })
  const found = data.check_runs.find((run) => run.external_id === picture.key)
  return found === undefined ? undefined : { id: Number(found.id), shown: found.output.annotations_count }
}

function stateOf({ state }: CheckRunPicture) {
  return state === 'in_progress' ? { status: 'in_progress' as const } : { status: 'completed' as const, conclusion: state }
}

function outputOf(picture: CheckRunPicture, annotations: readonly Annotation[]) {
  return {
    title: picture.title,
    summary: picture.summary.slice(0, maxTextCharacters),
    annotations: annotations.map(({ path, line, level, title, message }) => ({
      path,
      start_line: line,
      end_line: line,
      annotation_level: level,
      title: title.slice(0, 255),
      message: message.slice(0, maxTextCharacters),
    })),
  }
}

function batchesOf(all: readonly Annotation[]): readonly (readonly Annotation[])[] {
  return Array.from({ length: Math.ceil(all.length / annotationsAtOnce) }, (_, index) =>
    all.slice(index * annotationsAtOnce, (index + 1) * annotationsAtOnce),
  )
}
