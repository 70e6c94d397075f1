// What agents send: the fixed part of a first request, what siblings share of it, and how much of a wave's input the cache answers.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fixedPrompt } from '../src/agent/prompt.ts'
import { runWords, startDce, until } from './dce-process.ts'
import { type Figure, figureOf, type Measuring } from './figure.ts'
import { type Noted, startServer } from './server-process.ts'
import { makeSite } from './site.ts'

const agents = 5
/** So much prose in the specification makes a prefix of about 20,000 tokens; the server counts four bytes as a token. */
const proseBytes = 72_000

/** One wave of five agents and ten turns, by real requests to the strict server. */
export async function measureRequests({ times, say, shelf }: Measuring): Promise<readonly Figure[]> {
  const waves: (readonly Noted[])[] = []
  for (let time = 1; time <= times; time++) {
    const site = makeSite({ agents, files: 100, proseBytes })
    shelf.lay(site)
    const server = await startServer({ words: ['--agents', String(agents)], notesPath: join(site.folder, 'notes') })
    const more = ['--quality', 'draft', '--mode', 'parallel', '--max-parallel', String(agents)]
    const dce = startDce({ site, url: server.url, words: runWords(site, more) })
    try {
      await until({ site, dce, everyMs: 300 }, (events) => events.find((event) => event.type === 'wave-merged'))
      waves.push(server.noted().filter((request) => !request.isPlanning))
    } finally {
      await dce.kill()
      server.stop()
      rmSync(site.folder, { recursive: true, force: true })
    }
    say(`requests, ${time} of ${times}`)
  }
  const prefix = waves.map(prefixTokens)
  return [
    figureOf({
      name: 'first-request-fixed',
      unit: 'KB of tools and rules',
      bar: { atMost: 6 },
      samples: waves.map(fixedKb),
      note: 'tools as sent, and the system text in front of conventions, outline, specification and plan; 1 KB is 1,024 bytes',
    }),
    figureOf({
      name: 'prefix-shared',
      unit: '% of tools and system text, byte for byte, at the sibling that shares least',
      bar: { atLeast: 95 },
      samples: waves.map(sharedPercent),
      note: `${agents} agents`,
    }),
    figureOf({
      name: 'cache-read',
      unit: "% of a wave's input tokens",
      bar: { atLeast: 90 },
      samples: waves.map(readPercent),
      note: `${agents} agents of ten turns, a prefix of ${Math.round(Math.min(...prefix) / 1000)},000 tokens as the server counts them`,
    }),
  ]
}

function firsts(wave: readonly Noted[]): readonly NonNullable<Noted['shared']>[] {
  const found = wave.flatMap(({ shared }) => shared ?? [])
  if (found.length !== agents) throw new Error(`${found.length} first requests of ${agents} agents`)
  return found
}

function fixedKb(wave: readonly Noted[]): number {
  const sizes = firsts(wave).map(({ tools, system }) => {
    if (!system.startsWith(fixedPrompt())) throw new Error('the system text does not begin with the fixed part')
    return Buffer.byteLength(tools) + Buffer.byteLength(fixedPrompt())
  })
  return Math.max(...sizes) / 1024
}

function prefixTokens(wave: readonly Noted[]): number {
  return Math.min(...firsts(wave).map(({ tools, system }) => (Buffer.byteLength(tools) + Buffer.byteLength(system)) / 4))
}

function sharedPercent(wave: readonly Noted[]): number {
  const [first, ...siblings] = firsts(wave).map(({ tools, system }) => `${tools}${system}`)
  return Math.min(...siblings.map((sibling) => (100 * commonLength(first ?? '', sibling)) / sibling.length))
}

function commonLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length++
  return length
}

function readPercent(wave: readonly Noted[]): number {
  const sum = (pick: (request: Noted) => number) => wave.reduce((total, request) => total + pick(request), 0)
  const all = sum((request) => request.inputTokens + request.cacheReadTokens + request.cacheWriteTokens)
  return (100 * sum((request) => request.cacheReadTokens)) / all
}
