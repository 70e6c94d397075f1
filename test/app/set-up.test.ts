// The set-up page by itself: what its questions outlive, and what becomes of an answer that cannot be kept.
import { afterEach, describe, expect, it } from 'vitest'
import type { Converted } from '../../src/adapters/github/convert-manifest.ts'
import { openSetUp, type SetUp, type SetUpRequest } from '../../src/app/set-up.ts'

const app = { appId: '7', slug: 'dce', pageUrl: 'https://github.com/apps/dce', privateKey: 'k\n', webhookSecret: 's' }
let open: SetUp | undefined
afterEach(() => open?.close())

async function page(more: Partial<SetUpRequest>) {
  const kept: Readonly<Record<string, string>>[] = []
  const made: Converted = { kind: 'made', app }
  open = await openSetUp({
    host: '127.0.0.1',
    port: 0,
    webUrl: 'https://github.com',
    apiUrl: 'https://api.github.com',
    path: '/state/app.env',
    now: () => 0,
    convert: async () => made,
    draft: async () => ({ keep: async (values) => void kept.push(values), drop: async () => undefined }),
    ...more,
  })
  const { url } = open
  const body = new URLSearchParams({ key: new URL(url).searchParams.get('key') ?? '', name: 'dce', address: 'https://dce.example.com' })
  const html = await (await fetch(new URL('/set-up', url), { method: 'POST', body })).text()
  const state = /\?state=(?<state>[\w-]+)/u.exec(html)?.groups?.['state'] ?? ''
  return { kept, url, back: () => fetch(new URL(`/set-up/done?code=c&state=${state}`, url)) }
}

describe('the set-up page', () => {
  it('takes an answer once, within an hour', async () => {
    let now = 0
    const late = await page({ now: () => now })
    now = 3_600_000
    expect((await late.back()).status).toBe(400)
    expect(late.kept).toEqual([])
    await open?.close()
    const once = await page({})
    expect((await once.back()).status).toBe(200)
    expect((await once.back()).status).toBe(400)
    expect(once.kept).toEqual([{ APP_ID: '7', PRIVATE_KEY: 'k\n', WEBHOOK_SECRET: 's' }])
  })

  it('asks GitHub for nothing that it could not keep, and may be asked again', async () => {
    let asked = 0
    let broken = true
    const { back, kept } = await page({
      convert: async () => {
        asked++
        return { kind: 'made', app: { ...app, webhookSecret: undefined } }
      },
      draft: async () => {
        if (broken) throw new Error('the disk is full')
        return { keep: async (values) => void kept.push(values), drop: async () => undefined }
      },
    })
    expect(await (await back()).text()).toContain('the disk is full')
    expect(asked).toBe(0)
    broken = false
    expect(await (await back()).text()).toContain('GitHub made no webhook secret')
    expect(kept).toEqual([{ APP_ID: '7', PRIVATE_KEY: 'k\n' }])
  })

  it('shows nothing that somebody wrote as more than text, and is framed by nobody', async () => {
    const { url } = await page({})
    const body = new URLSearchParams({
      key: new URL(url).searchParams.get('key') ?? '',
      name: '"><script>',
      address: '<b>',
      organization: '',
    })
    const answer = await fetch(new URL('/set-up', url), { method: 'POST', body })
    expect(await answer.text()).not.toMatch(/<script>|<b>/u)
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  })
})
