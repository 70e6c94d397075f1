// Who may say what, as `.github/dce.yml` says it.
import { describe, expect, it } from 'vitest'
import { appConfigOf, mayDo } from '../../src/app/app-config.ts'
import { readConfig } from '../../src/read-config.ts'

describe('the App’s part of dce.yml', () => {
  it('asks for write by default, for triage where a command only says something', () => {
    const config = appConfigOf({})
    expect(config).toMatchObject({ label: 'dce-feature', approve: 'always', bots: [] })
    expect(mayDo(config, 'triage', 'status')).toBe(true)
    expect(mayDo(config, 'triage', 'run')).toBe(false)
    expect(mayDo(config, 'write', 'run')).toBe(true)
    expect(mayDo(config, 'read', 'no such command')).toBe(false)
  })

  it('takes other permissions, labels and sums', () => {
    const config = appConfigOf(
      readConfig('label: build-it\napprove: {above_usd: 5}\npermissions: {retry: maintain}\nbots: ["renovate[bot]"]\n'),
    )
    expect(config).toMatchObject({ label: 'build-it', approve: { aboveUsd: 5 }, bots: ['renovate[bot]'] })
    expect(mayDo(config, 'write', 'retry')).toBe(false)
    expect(mayDo(config, 'maintain', 'retry')).toBe(true)
  })

  it('says how work is put before people: one pull request, no labels, nobody asked, unless it is written otherwise', () => {
    expect(appConfigOf({}).publishing).toEqual({ pullRequests: 'single', labels: [], reviewers: 'none', commits: 'git' })
    const written = readConfig('pull_request: stacked\npull_request_labels: [dce]\nreviewers: codeowners\ncommits: squash\n')
    expect(appConfigOf(written).publishing).toEqual({
      pullRequests: 'stacked',
      labels: ['dce'],
      reviewers: 'codeowners',
      commits: 'squash',
    })
    expect(() => readConfig('pull_request: stack\n')).toThrow(/pull_request.*single, stacked/u)
  })

  it('names a command that there is not, and a permission that there is not', () => {
    expect(() => appConfigOf(readConfig('permissions: {retyr: write}\n'))).toThrow(/Did you mean `retry`/u)
    expect(() => readConfig('permissions: {retry: owner}\n')).toThrow(/permissions\.retry.*triage, write, maintain, admin/u)
  })
})
