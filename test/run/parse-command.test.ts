// The one grammar: words of a terminal or a comment -> a command, or a sentence that says what was wanted.
import { describe, expect, it } from 'vitest'
import { commandHelp, parseCommand } from '../../src/run/parse-command.ts'

const parse = (line: string) => parseCommand(line.split(' '))

describe('a command', () => {
  it.each([
    ['approve', { name: 'approve' }],
    ['pause', { name: 'pause' }],
    ['resume', { name: 'resume' }],
    ['cancel', { name: 'cancel' }],
    ['retry', { name: 'retry', target: { kind: 'failed' }, how: 'kept' }],
    ['retry wave-3', { name: 'retry', target: { kind: 'wave', wave: 3 }, how: 'kept' }],
    ['retry w1-entity-architect --clean', { name: 'retry', target: { kind: 'task', task: 'w1-entity-architect' }, how: 'clean' }],
    ['retry wave-2 --alternative', { name: 'retry', target: { kind: 'wave', wave: 2 }, how: 'alternative' }],
    ['retry --with-context=late', { name: 'retry', target: { kind: 'failed' }, how: 'kept', context: 'late' }],
    ['continue --from wave-4', { name: 'continue', from: 4 }],
    ['continue 2', { name: 'continue', from: 2 }],
    ['skip w4-api-documenter --reason later', { name: 'skip', task: 'w4-api-documenter', reason: 'later' }],
    ['budget +5', { name: 'budget', addUsd: 5 }],
    ['budget $2.50', { name: 'budget', addUsd: 2.5 }],
    ['mode sequential', { name: 'mode', mode: 'sequential' }],
    ['quality draft', { name: 'quality', level: 'draft' }],
  ])('%s', (line, command) => {
    expect(parse(line)).toEqual({ kind: 'run', command })
  })

  it('keeps words that belong together, as a shell or a comment hands them over', () => {
    expect(parseCommand(['retry', '--with-context', 'use the other table'])).toMatchObject({ command: { context: 'use the other table' } })
    expect(parseCommand(['fix', '--comment', 'a/b.go:12: too slow', '--comment', 'c.go: why?'])).toEqual({
      kind: 'run',
      command: {
        name: 'fix',
        threads: [
          { file: 'a/b.go', line: 12, text: 'too slow' },
          { file: 'c.go', text: 'why?' },
        ],
      },
    })
  })

  it.each(['status', 'help', 'check-work', 'clean', 'update', 'plan'])('%s stands beside the run', (name) => {
    expect(parse(name)).toEqual({ kind: 'beside', name })
  })

  it('nothing at all is help; explain names its task', () => {
    expect(parseCommand([])).toEqual({ kind: 'beside', name: 'help' })
    expect(parse('explain w2-repository-builder')).toEqual({ kind: 'explain', task: 'w2-repository-builder' })
  })
})

describe('a wrong word', () => {
  it.each([
    ['retyr', /no command `retyr`.*mean `retry`/u],
    ['status now', /`status` does not take `now`/u],
    ['pause please', /`pause` does not take `please`/u],
    ['explain', /`explain` wants a task/u],
    ['retry --clean --alternative', /exclude each other/u],
    ['retry wave-1 wave-2', /does not take `wave-2`/u],
    ['retry --cleen', /no flag `--cleen`.*mean `--clean`/u],
    ['retry --with-context', /`--with-context` wants a value/u],
    ['continue', /wants `--from wave-K`/u],
    ['continue --from wave-9', /wants `--from wave-K`/u],
    ['skip w1-entity-architect', /wants a task and `--reason/u],
    ['budget', /an amount in US dollars/u],
    ['budget -5', /an amount in US dollars/u],
    ['budget lots', /an amount in US dollars/u],
    ['mode fast', /one of parallel, sequential, adaptive/u],
    ['quality best', /one of draft, production, bulletproof/u],
    ['fix', /at least one `--comment/u],
    ['fix --comment words', /at least one `--comment/u],
  ])('%s', (line, words) => {
    expect(parse(line)).toEqual({ kind: 'unknown', problem: expect.stringMatching(words) })
  })
})

it('every command of the help is one of the grammar', () => {
  for (const { name } of commandHelp) expect(parseCommand([name])).not.toMatchObject({ problem: expect.stringContaining('no command') })
})
