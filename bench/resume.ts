// kill -9 in the middle of a wave, then `dce resume`: how soon the model is asked again, and whether anything is paid twice.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type DceProcess, recordedKeys, runWords, startDce, until } from './dce-process.ts'
import { type Figure, figureOf, type Measuring } from './figure.ts'
import { type ServerProcess, startServer } from './server-process.ts'
import { makeSite, type Site, taskOf } from './site.ts'

const agents = 5
/** The wave is killed when its first agent has done so many of its ten turns. */
const turnOfDeath = 5

/** Kill to first new request, and requests of turns whose answer was in the journal. */
export async function measureResume({ times, say, shelf }: Measuring): Promise<readonly Figure[]> {
  const waits: number[] = []
  const paidAgain: number[] = []
  for (let time = 1; time <= times; time++) {
    const site = makeSite({ agents, files: 100 })
    shelf.lay(site)
    const server = await startServer({ words: ['--agents', String(agents)], notesPath: join(site.folder, 'notes') })
    try {
      const { waitMs, again } = await killAndResume(site, server)
      waits.push(waitMs / 1000)
      paidAgain.push(again)
      say(`resume, ${time} of ${times}: ${Math.round(waitMs)} ms, ${again} turns paid again`)
    } finally {
      server.stop()
      rmSync(site.folder, { recursive: true, force: true })
    }
  }
  return [
    figureOf({
      name: 'resume-first-request',
      unit: 's from kill -9 to the first new model request',
      bar: { atMost: 2 },
      samples: waits,
      note: `${agents} agents, killed when one has done ${turnOfDeath} of ten turns, \`dce resume\` started at once`,
    }),
    figureOf({ name: 'resume-paid-again', unit: 'journaled turns asked for again', bar: { atMost: 0 }, samples: paidAgain }),
  ]
}

async function killAndResume(site: Site, server: ServerProcess): Promise<{ readonly waitMs: number; readonly again: number }> {
  const more = ['--quality', 'draft', '--mode', 'parallel', '--max-parallel', String(agents)]
  const first = startDce({ site, url: server.url, words: runWords(site, more) })
  const run = await until({ site, dce: first, everyMs: 30 }, (events) => {
    const deep = events.some((event) => event.type === 'task-progressed' && event.turn >= turnOfDeath)
    return deep ? events.find((event) => event.type === 'run-started')?.run : undefined
  })
  await first.kill()
  const killedAt = Date.now()
  const journaled = new Set(recordedKeys(site))
  const second = startDce({ site, url: server.url, words: ['resume', '--run', run, '--repo', site.repo] })
  try {
    const firstAt = await firstRequestAfter({ server, dce: second, ms: killedAt })
    // Every agent has asked again by then, or is about to.
    await until({ site, dce: second, everyMs: 100 }, (events) =>
      events.filter((event) => event.type === 'task-ended').length === agents ? true : undefined,
    )
    const asked = server.noted().filter((request) => !request.isPlanning && request.atMs >= killedAt)
    const again = asked.filter(({ agent, turn }) => journaled.has(`${taskOf(agent).id}/a1/t${turn}/model`)).length
    return { waitMs: firstAt - killedAt, again }
  } finally {
    await second.kill()
  }
}

async function firstRequestAfter(request: {
  readonly server: ServerProcess
  readonly dce: DceProcess
  readonly ms: number
}): Promise<number> {
  let isOver = false
  void request.dce.ended.then(() => {
    isOver = true
  })
  while (!isOver) {
    const found = request.server.noted().find(({ atMs }) => atMs >= request.ms)
    if (found !== undefined) return found.atMs
    await sleep(50)
  }
  throw new Error(`dce ended before it asked:\n${request.dce.said()}`)
}
