// The loop under the story: durable before acted upon, nothing forgotten while an effect's last event starts the next one, commands and faults.
import { describe, expect, it } from 'vitest'
import { asBranchName, asRunId, asSha, asTaskId } from '../../src/ids.ts'
import { type CarryOut, type DriveRequest, drive, type LetterBox } from '../../src/run/drive.ts'
import type { Effect } from '../../src/run/effect.ts'
import type { Happening, RunCommand, RunEvent } from '../../src/run/event.ts'
import { Halted } from '../../src/run/halt.ts'
import { noUse } from '../../src/run/state.ts'
import type { Journal } from '../../src/world.ts'
import { answerEffect, finished, makePlan, makeTask, startEvent } from './simulate.ts'

const run = asRunId('demo-abc123')
const plan = makePlan([makeTask(1, 'entity'), makeTask(2, 'repository', { needs: ['w1-entity'] })])

function memoryJournal(): Journal<RunEvent> & { readonly events: RunEvent[] } {
  const events: RunEvent[] = []
  return {
    events,
    append: async (_, event) => {
      events.push(event)
    },
    load: async () => [...events],
    once: async (_, effect) => effect(),
    recorded: async () => undefined,
  }
}

const clock = { now: () => 1, sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.min(ms, 5))) }

function carryOutWith(answer: (effect: Effect) => Happening | undefined): CarryOut {
  return async (effect, { emit }) => {
    if (effect.type === 'run-task') {
      const { task, attempt, base, brief, paths, overlap } = effect
      emit({ type: 'task-started', task, attempt, base, brief, paths, overlap, branch: asBranchName(`dce/x/${task}`) })
    }
    emit(answer(effect) ?? answerEffect(effect, { plan }))
    // Work that goes on after the closing event, such as removing a worktree.
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
}

function letterBox(commands: readonly RunCommand[]): LetterBox {
  let left = commands.map((command, index) => ({ command, by: 'you', letter: index + 1 }))
  return {
    waiting: () => left,
    discard: (letter) => {
      left = left.filter((one) => one.letter !== letter)
    },
  }
}

const request = (more: Partial<DriveRequest> = {}): DriveRequest => ({
  run,
  journal: memoryJournal(),
  clock,
  carryOut: carryOutWith(() => undefined),
  begin: [startEvent({ plan })],
  letters: { waiting: () => [], discard: () => undefined },
  onEvent: () => undefined,
  onRefused: () => undefined,
  signal: new AbortController().signal,
  ...more,
})

describe('the loop', () => {
  it('carries a run to its end', async () => {
    expect((await drive(request())).finished).toBe(true)
  })

  it('goes on when an effect’s closing event starts the same task again before the effect has ended', async () => {
    const answer = (effect: Effect): Happening | undefined =>
      effect.type === 'run-task' && effect.attempt === 1 && effect.task === 'w1-entity'
        ? { type: 'task-ended', task: effect.task, attempt: 1, outcome: { kind: 'not-as-said', faults: ['no file'], use: noUse } }
        : undefined
    expect((await drive(request({ carryOut: carryOutWith(answer) }))).finished).toBe(true)
  })

  it('appends every event before an effect that follows from it begins', async () => {
    const journal = memoryJournal()
    const seen: string[] = []
    const inner = carryOutWith(() => undefined)
    const carryOut: CarryOut = async (effect, context) => {
      if (effect.type === 'merge-wave') seen.push(journal.events.at(-1)?.type ?? '')
      await inner(effect, context)
    }
    await drive(request({ journal, carryOut }))
    expect(seen).toEqual(['task-ended', 'task-ended'])
  })

  it('a fault of an effect stops the run with its sentence; the step is still owed afterwards', async () => {
    const journal = memoryJournal()
    let broken = true
    const inner = carryOutWith(() => undefined)
    const carryOut: CarryOut = async (effect, context) => {
      if (effect.type === 'judge-wave' && broken) throw new Error('the disk is full')
      await inner(effect, context)
    }
    const stopped = await drive(request({ journal, carryOut }))
    expect(stopped.stop).toMatchObject({ kind: 'fault', message: expect.stringContaining('the disk is full') })
    broken = false
    const begin: readonly Happening[] = [
      { type: 'process-resumed', pid: 1 },
      { type: 'command-given', command: { name: 'resume' }, by: 'you' },
    ]
    expect((await drive(request({ journal, carryOut, begin }))).finished).toBe(true)
  })

  it('a result that cannot be published is tried once by a process, and again by the next', async () => {
    const journal = memoryJournal()
    let tries = 0
    const inner = carryOutWith(() => undefined)
    const carryOut: CarryOut = async (effect, context) => {
      if (effect.type === 'publish' && ++tries === 1) throw new Error('the branch is checked out')
      await inner(effect, context)
    }
    const ended = await drive(request({ journal, carryOut }))
    expect(ended).toMatchObject({ finished: true, published: 'failed', publishFault: expect.stringContaining('checked out') })
    expect(tries).toBe(1)
    const begin: readonly Happening[] = [{ type: 'process-resumed', pid: 1 }]
    expect(await drive(request({ journal, carryOut, begin }))).toMatchObject({ finished: true, published: true })
  })

  it('a full disk stops the run with what to do, and without a stack', async () => {
    const carryOut: CarryOut = async () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, mkdir /x'), { code: 'ENOSPC' })
    }
    const { stop } = await drive(request({ carryOut }))
    expect(stop).toEqual({
      kind: 'fault',
      message:
        'read-feature failed: ENOSPC: no space left on device, mkdir /x. The disk is full: free some space, then go on. Nothing that was done is lost.',
    })
  })

  it('when an event cannot be made durable the loop rejects, and by then nothing runs any more', async () => {
    const journal = memoryJournal()
    const full: Journal<RunEvent> = {
      ...journal,
      append: async (name, event) => {
        if (event.type === 'task-started') throw new Error('the disk is full')
        await journal.append(name, event)
      },
    }
    const ended: string[] = []
    const inner = carryOutWith(() => undefined)
    const carryOut: CarryOut = async (effect, context) => {
      if (effect.type !== 'run-task') return inner(effect, context)
      const { task, attempt, base, brief, paths, overlap } = effect
      const told = context.emit({ type: 'task-started', task, attempt, base, brief, paths, overlap, branch: asBranchName('dce/x/t') })
      // An agent at work, which waits for its event and works on until it is told to stop.
      await Promise.all([
        told.catch(() => ended.push('not told')),
        new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve(), { once: true })),
      ])
      ended.push('stopped')
    }
    await expect(drive(request({ journal: full, carryOut }))).rejects.toThrow('the disk is full')
    expect(ended).toEqual(['not told', 'stopped'])
  })

  it('a refused command changes nothing and is told', async () => {
    const told: string[] = []
    // Given when there is a plan: before that every retry is refused for another reason.
    let planned = false
    const box = letterBox([{ name: 'retry', target: { kind: 'task', task: asTaskId('w9-nobody') }, how: 'kept' }])
    const state = await drive(
      request({
        letters: { ...box, waiting: () => (planned ? box.waiting() : []) },
        onRefused: (_, why) => told.push(why),
        onEvent: (_, now) => {
          planned ||= now.plan !== undefined
        },
      }),
    )
    expect(told).toEqual([expect.stringContaining('w9-nobody')])
    expect(box.waiting()).toEqual([])
    expect(state.finished).toBe(true)
  })

  it('leaves a letter in the box until its event is in the journal', async () => {
    const box = letterBox([{ name: 'budget', addUsd: 5 }])
    const journal = memoryJournal()
    const full: Journal<RunEvent> = {
      ...journal,
      append: async (to, event) => {
        if (event.type === 'command-given') throw new Error('disk full')
        await journal.append(to, event)
      },
    }
    await expect(drive(request({ journal: full, letters: box }))).rejects.toThrow('disk full')
    expect(box.waiting()).toHaveLength(1)
    const state = await drive(request({ journal, letters: box, begin: [{ type: 'process-resumed', pid: 2 }] }))
    expect(state.config.budgetUsd).toBe((journal.events[0] as { config: { budgetUsd: number } }).config.budgetUsd + 5)
    expect(box.waiting()).toEqual([])
  })

  it('a letter that was not thrown away in time acts once', async () => {
    const box = letterBox([{ name: 'budget', addUsd: 5 }])
    const journal = memoryJournal()
    await drive(request({ journal, letters: { ...box, discard: () => undefined } }))
    await drive(request({ journal, letters: box, begin: [{ type: 'process-resumed', pid: 2 }] }))
    expect(journal.events.filter((event) => event.type === 'command-given')).toHaveLength(1)
    expect(box.waiting()).toEqual([])
  })

  it.each(['make-plan', 'run-task'] as const)(
    'goes on when it is told so before a %s that it had finished has ended',
    async (type) => {
      const given: { command: RunCommand; by: string; letter: number }[] = []
      const letters: LetterBox = {
        waiting: () => given,
        discard: (letter) => void given.splice(0, given.length, ...given.filter((one) => one.letter !== letter)),
      }
      const inner = carryOutWith(() => undefined)
      let begun = 0
      const carryOut: CarryOut = async (effect, context) => {
        if (effect.type !== type || ++begun > 1) return inner(effect, context)
        const cut = new Promise<void>((resolve) => context.finishTurn.addEventListener('abort', () => resolve()))
        given.push({ command: { name: 'pause' }, by: 'you', letter: 1 })
        await cut
        given.push({ command: { name: 'resume' }, by: 'you', letter: 2 })
        while (context.state().stop !== undefined) await new Promise((resolve) => setTimeout(resolve, 1))
        if (effect.type !== 'run-task') throw new Halted({ kind: 'interrupted' })
        const outcome = { kind: 'stopped', reason: 'interrupted', detail: 'the turn was finished', use: noUse } as const
        void context.emit({ type: 'task-ended', task: effect.task, attempt: 1, outcome })
      }
      const state = await drive(request({ carryOut, letters }))
      expect(state).toMatchObject({ finished: true, lastLetter: 2 })
      expect(begun).toBe(type === 'run-task' ? 3 : 2)
    },
    5_000,
  )

  it('an abort ends the loop; what was in flight is started again by the next process', async () => {
    const journal = memoryJournal()
    const stop = new AbortController()
    const hanging: CarryOut = async (effect, context) => {
      if (effect.type !== 'run-task') return carryOutWith(() => undefined)(effect, context)
      const { task, attempt, base, brief, paths, overlap } = effect
      context.emit({ type: 'task-started', task, attempt, base, brief, paths, overlap, branch: asBranchName('dce/x') })
      setTimeout(() => stop.abort(), 10)
      await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()))
    }
    const cut = await drive(request({ journal, carryOut: hanging, signal: stop.signal }))
    expect(cut.tasks['w1-entity']?.phase).toBe('running')
    const attempts: number[] = []
    const counting: CarryOut = async (effect, context) => {
      if (effect.type === 'run-task' && effect.task === 'w1-entity') attempts.push(effect.attempt)
      await carryOutWith(() => undefined)(effect, context)
    }
    const state = await drive(request({ journal, carryOut: counting, begin: [{ type: 'process-resumed', pid: 2 }] }))
    expect(attempts).toEqual([1])
    expect(state.finished).toBe(true)
    expect(state.tasks['w1-entity']?.commit).toBe(finished('w1-entity@1').kind === 'finished' ? asSha('w1-entity@1') : undefined)
  })
})
