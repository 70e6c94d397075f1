// Inputs of action.yml: read, checked, and the same ones that the program knows.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readInputs } from '../../src/action/inputs.ts'
import { beginUntrusted } from '../../src/action/untrusted-output.ts'
import { UserFault } from '../../src/fault.ts'

const action = parse(readFileSync(join(import.meta.dirname, '../../action.yml'), 'utf8')) as {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>
}
const given = (more: Readonly<Record<string, string>>) => (name: string) => {
  if (!(name in action.inputs)) throw new Error(`action.yml has no input ${name}`)
  return more[name] ?? action.inputs[name]?.default ?? ''
}
const usual = { command: 'run', github_token: 'ghs_x' }

describe('inputs', () => {
  it('have the defaults of action.yml, and all of them are read', () => {
    const asked = new Set<string>()
    const get = given(usual)
    const inputs = readInputs((name) => {
      asked.add(name)
      return get(name)
    })
    expect(inputs).toMatchObject({ command: 'run', part: 'all', sandbox: 'on', timeLimitMs: 350 * 60_000, written: { gate: 'local' } })
    expect([...asked].sort()).toEqual(Object.keys(action.inputs).sort())
  })

  it('become configuration that wins over the repository', () => {
    const more = { output_dir: 'svc', execution_mode: 'parallel', quality_level: 'draft', budget_usd: '7.5', approve: 'above:3' }
    expect(readInputs(given({ ...usual, ...more })).written).toEqual({
      gate: 'local',
      output_dir: 'svc',
      execution_mode: 'parallel',
      quality_level: 'draft',
      budget_usd: 7.5,
      approve: { above_usd: 3 },
    })
  })

  it.each([
    ['command', 'build'],
    ['execution_mode', 'fast'],
    ['quality_level', 'best'],
    ['budget_usd', 'ten'],
    ['approve', 'maybe'],
    ['part', 'half'],
    ['sandbox', 'perhaps'],
    ['time_limit_minutes', 'long'],
  ])('%s: %s is refused, named with what was found', (name, value) => {
    const read = () => readInputs(given({ ...usual, [name]: value }))
    expect(read).toThrow(UserFault)
    expect(read).toThrow(new RegExp(`\`${name}\` is wrong: .*found "${value}"`, 'u'))
  })

  it('never shows a secret', () => {
    expect(() => readInputs(given({ ...usual, github_token: '' }))).toThrow(/`github_token`.*found nothing/u)
  })
})

describe('untrusted output', () => {
  it('turns workflow commands off, and on again with a word that nobody can guess', () => {
    const lines: string[] = []
    const other: string[] = []
    const output = beginUntrusted((line) => lines.push(line))
    beginUntrusted((line) => other.push(line))
    output.end()
    output.end()
    const word = lines[0]?.replace('::stop-commands::', '')
    expect(lines).toEqual([`::stop-commands::${word}`, `::${word}::`])
    expect(word).toMatch(/^[0-9a-f-]{36}$/u)
    expect(other[0]).not.toBe(lines[0])
  })
})
