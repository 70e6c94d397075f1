// The App's environment: what is missing is named together, and every address follows an Enterprise Server's.
import { describe, expect, it } from 'vitest'
import { appSettings } from '../../src/app/app-settings.ts'

const key = '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n'
const env = { APP_ID: '7', PRIVATE_KEY: key, WEBHOOK_SECRET: 's' }

describe('settings of the App', () => {
  it('does not start without a secret, an id or a key, and names all that is missing', () => {
    expect(() => appSettings({})).toThrow(/APP_ID, WEBHOOK_SECRET, PRIVATE_KEY or PRIVATE_KEY_PATH are not set/u)
    expect(() => appSettings({ ...env, WEBHOOK_SECRET: ' ' })).toThrow(/WEBHOOK_SECRET is not set/u)
    expect(() => appSettings({ ...env, PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: '/nowhere.pem' })).toThrow(/cannot be read/u)
  })

  it.each([key, key.replaceAll('\n', '\\n'), Buffer.from(key).toString('base64')])('takes the key as Probot does', (written) => {
    expect(appSettings({ ...env, PRIVATE_KEY: written }).privateKey).toBe(key)
  })

  it('goes to github.com, to an Enterprise Server, or to the addresses that are given', () => {
    expect(appSettings(env)).toMatchObject({ apiUrl: 'https://api.github.com', webUrl: 'https://github.com', port: 3000 })
    expect(appSettings({ ...env, GHE_HOST: 'ghe.example' })).toMatchObject({
      apiUrl: 'https://ghe.example/api/v3',
      webUrl: 'https://ghe.example',
    })
    expect(appSettings({ ...env, GITHUB_API_URL: 'http://a/', GITHUB_SERVER_URL: 'http://b/' })).toMatchObject({
      apiUrl: 'http://a',
      webUrl: 'http://b',
    })
  })

  it('says which value is wrong', () => {
    expect(() => appSettings({ ...env, PORT: 'many' })).toThrow(/`PORT` must be a port from 0 to 65535, got "many"/u)
    expect(() => appSettings({ ...env, DCE_BOARD_EVERY_MS: '-1' })).toThrow(/DCE_BOARD_EVERY_MS/u)
    expect(() => appSettings({ ...env, DCE_RESTATE_ADMIN_URL: 'http://a' })).toThrow(/Only one of/u)
  })

  it('takes keys of an own Restate server by which requests are told, several while they are changed', () => {
    const [one, two] = ['1', '2'].map((end) => `publickeyv1_2G8dCQhArfvGpzPw5Vx2ALciR4xCLHfS5YaT93XjNxX${end}`)
    const own = { ...env, DCE_RESTATE_ADMIN_URL: 'http://a', DCE_RESTATE_INGRESS_URL: 'http://b' }
    expect(appSettings(own).restate?.identityKeys).toEqual([])
    expect(appSettings({ ...own, DCE_RESTATE_IDENTITY_KEY: one }).restate?.identityKeys).toEqual([one])
    expect(appSettings({ ...own, DCE_RESTATE_IDENTITY_KEYS: `${one}, ${two}` }).restate?.identityKeys).toEqual([one, two])
    expect(() => appSettings({ ...own, DCE_RESTATE_IDENTITY_KEYS: 'a key' })).toThrow(/must be public keys/u)
  })
})
