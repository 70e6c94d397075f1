// The file that the set-up page leaves: what is read of it, what wins, and that nothing of it is lost or shown.
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { draftSettings, isUnconfigured, storedSettingsPath, withStoredSettings } from '../../src/app/stored-settings.ts'
import { makeTempDir } from '../support/git-dir.ts'

const pem = '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n'
const made = { APP_ID: '7', PRIVATE_KEY: pem, WEBHOOK_SECRET: 's#1', GITHUB_API_URL: 'https://a/api/v3', GITHUB_SERVER_URL: 'https://a' }

async function kept(): Promise<string> {
  const path = storedSettingsPath(join(makeTempDir('settings'), 'dce'))
  await (await draftSettings(path)).keep(made)
  return path
}

describe('settings of an App that was set up', () => {
  it('are read as they were written, below the environment', async () => {
    const path = await kept()
    expect(await withStoredSettings({}, path)).toEqual(made)
    expect(await withStoredSettings({ WEBHOOK_SECRET: 'new', PORT: '1', APP_ID: '7' }, path)).toEqual({
      ...made,
      WEBHOOK_SECRET: 'new',
      PORT: '1',
    })
    expect(await withStoredSettings({ PORT: '1' }, `${path}.no`)).toEqual({ PORT: '1' })
  })

  it('never mix two Apps or two servers', async () => {
    const path = await kept()
    const other = { APP_ID: '8', PRIVATE_KEY_PATH: '/k' }
    expect(await withStoredSettings(other, path)).toEqual(other)
    const { PRIVATE_KEY: _key, ...withoutKey } = made
    expect(await withStoredSettings({ PRIVATE_KEY_PATH: '/k' }, path)).toEqual({ ...withoutKey, PRIVATE_KEY_PATH: '/k' })
    const { APP_ID, PRIVATE_KEY, WEBHOOK_SECRET } = made
    expect(await withStoredSettings({ GHE_HOST: 'b' }, path)).toEqual({ APP_ID, PRIVATE_KEY, WEBHOOK_SECRET, GHE_HOST: 'b' })
  })

  it('are for their owner alone, below what a person had written, and nothing half-made stays', async () => {
    const folder = join(makeTempDir('settings'), 'dce')
    mkdirSync(folder)
    const path = storedSettingsPath(folder)
    writeFileSync(path, 'ANTHROPIC_API_KEY=k')
    const given = await draftSettings(path)
    await given.drop()
    expect(readFileSync(path, 'utf8')).toBe('ANTHROPIC_API_KEY=k')
    const draft = await draftSettings(path)
    await draft.keep(made)
    await draft.drop()
    expect(await withStoredSettings({}, path)).toEqual({ ANTHROPIC_API_KEY: 'k', ...made })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['app.env'])
  })

  it('that cannot be read are said', async () => {
    const path = await kept()
    chmodSync(path, 0)
    // Root reads everything.
    if (process.getuid?.() !== 0) await expect(withStoredSettings({}, path)).rejects.toThrow(/cannot be read/u)
  })

  it('nothing set means nothing at all', () => {
    expect(isUnconfigured({ PORT: '1', APP_ID: ' ' })).toBe(true)
    for (const name of ['APP_ID', 'PRIVATE_KEY', 'PRIVATE_KEY_PATH', 'WEBHOOK_SECRET']) expect(isUnconfigured({ [name]: 'x' })).toBe(false)
  })
})
