// The code that GitHub's manifest page gave -> the App that was made there: its id, key and secret, told this once.
import { z } from 'zod'

const Answer = z.object({
  id: z.int(),
  slug: z.string(),
  html_url: z.string(),
  pem: z.string().includes('-----BEGIN'),
  webhook_secret: z.string().nullable(),
})

/** The App as it has to be kept. `webhookSecret` undefined: GitHub made none. */
export interface MadeApp {
  readonly appId: string
  readonly slug: string
  /** Its page on GitHub. */
  readonly pageUrl: string
  readonly privateKey: string
  readonly webhookSecret: string | undefined
}

/** `refused`: the code is used or older than an hour, and the flow begins again. `unreachable`: it may be tried once more. */
export type Converted =
  | { readonly kind: 'made'; readonly app: MadeApp }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'unreachable'; readonly why: string }

/** Asks for it, once: a code is good for one answer, so nothing is repeated behind the caller's back. Never throws. Source: REST, "Create a GitHub App from a manifest". */
export async function convertManifest(request: { readonly apiUrl: string; readonly code: string }): Promise<Converted> {
  try {
    const response = await fetch(`${request.apiUrl}/app-manifests/${encodeURIComponent(request.code)}/conversions`, {
      method: 'POST',
      headers: { accept: 'application/vnd.github+json', 'user-agent': 'dce' },
      signal: AbortSignal.timeout(30_000),
    })
    if (response.status >= 500) return { kind: 'unreachable', why: `GitHub answers ${response.status}` }
    const body: unknown = await response.json().catch(() => undefined)
    if (!response.ok) {
      const { message } = z.object({ message: z.string() }).catch({ message: '' }).parse(body)
      return { kind: 'refused', why: `GitHub answers ${response.status}${message === '' ? '' : `: ${message}`}` }
    }
    const { id, slug, html_url: pageUrl, pem, webhook_secret: secret } = Answer.parse(body)
    return {
      kind: 'made',
      app: { appId: String(id), slug, pageUrl, privateKey: pem, webhookSecret: secret === null || secret === '' ? undefined : secret },
    }
  } catch (cause) {
    if (cause instanceof z.ZodError) return { kind: 'refused', why: 'GitHub’s answer does not hold an App' }
    return { kind: 'unreachable', why: cause instanceof Error ? cause.message : String(cause) }
  }
}
