// GitHub's filter patterns, case by case from its own cheat sheet, and what a workflow file says of its token.
import { describe, expect, it } from 'vitest'
import { matches, readWorkflowFile, startsOnPush } from './workflow-file.ts'

const file = (on: string) => readWorkflowFile('x.yml', `on: ${on}\njobs: {a: {runs-on: ubuntu-latest, steps: []}}`)

describe('patterns', () => {
  it.each([
    [['dce/**'], 'dce/7-abc/w1', true],
    [['dce/*'], 'dce/7-abc/w1', false],
    [['*'], 'main', true],
    [['*'], 'a/b', false],
    [['**'], 'all/the/branches', true],
    [['mona-the-octocat'], 'mona-the-octocat-2', false],
    [['*feature'], 'ver-10-feature', true],
    [['v2*'], 'v2.9', true],
    [['v[12].[0-9]+.[0-9]+'], 'v1.10.1', true],
    [['v[12].[0-9]+.[0-9]+'], 'v3.0.0', false],
    [['*.jsx?'], 'page.js', true],
    [['releases/**', '!releases/**-alpha'], 'releases/10-alpha', false],
    [['releases/**', '!releases/**-alpha'], 'releases/10', true],
    [['!releases/**-alpha', 'releases/**'], 'releases/10-alpha', true],
    [['a.b'], 'axb', false],
  ])('%j takes %s: %s', (patterns, name, is) => {
    expect(matches(patterns, name)).toBe(is)
  })
})

describe('pushes', () => {
  it.each([
    ['push', 'refs/heads/x', true],
    ['[push, pull_request]', 'refs/tags/v1', true],
    ['pull_request', 'refs/heads/x', false],
    ['{push: {branches: [main]}}', 'refs/heads/main', true],
    ['{push: {branches: [main]}}', 'refs/tags/main', false],
    ['{push: {tags: ["v*"]}}', 'refs/heads/v1', false],
    ['{push: {branches-ignore: ["dce/**"]}}', 'refs/heads/dce/1', false],
    ['{push: {branches-ignore: ["dce/**"]}}', 'refs/heads/main', true],
    ['{push: null}', 'refs/heads/main', true],
  ])('on: %s, %s: %s', (on, ref, is) => {
    expect(startsOnPush(file(on), ref)).toBe(is)
  })

  it('refuses what GitHub refuses', () => {
    expect(() => file('{push: {branches: [a], branches-ignore: [b]}}')).toThrow('cannot both be given')
    expect(() => readWorkflowFile('x.yml', 'jobs: {a: {steps: []}}')).toThrow('no triggers')
  })
})

describe('permissions', () => {
  const of = (text: string) => readWorkflowFile('x.yml', `on: push\n${text}`).permissions
  it('are the least by default, and the file says what else', () => {
    expect(of('jobs: {a: {steps: []}}')).toEqual({ metadata: 'read', contents: 'read' })
    expect(of('permissions: {}\njobs: {a: {steps: []}}')).toEqual({ metadata: 'read' })
    expect(of('permissions: {pull-requests: write, contents: none}\njobs: {a: {steps: []}}')).toEqual({
      metadata: 'read',
      pull_requests: 'write',
    })
    expect(of('jobs: {a: {steps: [], permissions: {checks: write}}}')).toEqual({ metadata: 'read', checks: 'write' })
  })
})
