// Events -> signed deliveries to the app's webhook, each recorded with how it was answered; redelivery keeps the guid, as GitHub's does.
import { createHmac, randomUUID } from 'node:crypto'
import { type Delivery, type GitHubState, nextId } from './state.ts'

/** How deliveries go wrong on demand. `lose`: GitHub could not reach the app; `never`: too large, GitHub did not try; `twice`: sent again at once; `delayMs`: late. */
export interface HookFault {
  readonly event: string
  readonly how: 'lose' | 'never' | 'twice' | { readonly delayMs: number }
}

export interface Hooks {
  deliver(event: string, payload: Readonly<Record<string, unknown>>): Delivery
  redeliver(id: number): boolean
  /** The next delivery of the event goes so. */
  fault(fault: HookFault): void
  /** Resolves when every delivery that began has been answered. */
  settled(): Promise<void>
}

/** GitHub gives an app ten seconds to answer. */
const patienceMs = 10_000

export function openHooks(state: GitHubState): Hooks {
  const faults: HookFault[] = []
  const open = new Set<Promise<void>>()
  const follow = (work: Promise<void>) => {
    open.add(work)
    void work.finally(() => open.delete(work))
  }
  const record = (event: string, payload: Readonly<Record<string, unknown>>, guid: string, redelivery: boolean): Delivery => {
    const installation = (payload['installation'] as { readonly id?: number } | undefined)?.id ?? null
    const action = typeof payload['action'] === 'string' ? payload['action'] : null
    const made: Delivery = { id: nextId(state), guid, event, action, payload, installation, at: state.now(), redelivery, statusCode: 0 }
    state.deliveries.push(made)
    return made
  }
  const takeFault = (event: string): HookFault['how'] | undefined => {
    const index = faults.findIndex((fault) => fault.event === event)
    return index < 0 ? undefined : faults.splice(index, 1)[0]?.how
  }
  return {
    deliver: (event, payload) => {
      const delivery = record(event, payload, randomUUID(), false)
      const { hook } = state.app
      // Only what the app asked for, and only where it is installed.
      if (hook === undefined || (!state.app.events.includes(event) && !event.startsWith('installation'))) return delivery
      const how = takeFault(event)
      if (how === 'never') {
        state.deliveries.pop()
        return delivery
      }
      if (how === 'lose') {
        delivery.statusCode = 502
        return delivery
      }
      const delayMs = typeof how === 'object' ? how.delayMs : 0
      follow(send(hook, delivery, delayMs).then(() => (how === 'twice' ? send(hook, delivery, 0) : undefined)))
      return delivery
    },
    redeliver: (id) => {
      const old = state.deliveries.find((one) => one.id === id)
      const { hook } = state.app
      if (old === undefined || hook === undefined) return false
      follow(send(hook, record(old.event, old.payload, old.guid, true), 0))
      return true
    },
    fault: (fault) => void faults.push(fault),
    settled: async () => {
      while (open.size > 0) await Promise.all(open)
    },
  }
}

async function send(hook: { readonly url: string; readonly secret: string }, delivery: Delivery, delayMs: number): Promise<void> {
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
  const body = JSON.stringify(delivery.payload)
  try {
    const response = await fetch(hook.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'GitHub-Hookshot/fake',
        'x-github-event': delivery.event,
        'x-github-delivery': delivery.guid,
        'x-hub-signature-256': `sha256=${createHmac('sha256', hook.secret).update(body).digest('hex')}`,
      },
      body,
      signal: AbortSignal.timeout(patienceMs),
    })
    await response.arrayBuffer()
    delivery.statusCode = response.status
  } catch {
    delivery.statusCode = 502
  }
}
