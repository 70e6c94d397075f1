// The App's own webhook deliveries as GitHub remembers them: which never arrived, and once more. GitHub sends nothing again by itself.
import type { AnyOctokit } from './octokit.ts'

/** One delivery that no attempt brought to us. `guid` stays the same when it is sent again. */
export interface LostDelivery {
  readonly id: number
  readonly guid: string
  readonly deliveredAtMs: number
}

/** Deliveries since then without a successful attempt, oldest first. `octokit`: the App's own. Errors: RequestError after retries. */
export async function lostDeliveries(octokit: AnyOctokit, sinceMs: number): Promise<readonly LostDelivery[]> {
  const newest = new Map<string, LostDelivery>()
  const arrived = new Set<string>()
  const pages = octokit.paginate.iterator('GET /app/hook/deliveries', { per_page: 100 })
  for await (const { data } of pages) {
    for (const { id, guid, status_code: status, delivered_at: at } of data) {
      if (status >= 200 && status < 300) arrived.add(guid)
      if (!newest.has(guid)) newest.set(guid, { id: Number(id), guid, deliveredAtMs: Date.parse(at) })
    }
    const last = data.at(-1)
    if (last === undefined || Date.parse(last.delivered_at) < sinceMs) break
  }
  return [...newest.values()].filter(({ guid, deliveredAtMs }) => !arrived.has(guid) && deliveredAtMs >= sinceMs).reverse()
}

/** Sends one again. */
export async function redeliver(octokit: AnyOctokit, id: number): Promise<void> {
  await octokit.request('POST /app/hook/deliveries/{delivery_id}/attempts', { delivery_id: id })
}
