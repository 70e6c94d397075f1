// `npm run bench`: every figure, side by side in one run. `-- --json`: one object a figure and line; `-- --markdown FILE`: the table of docs/figures.md
// from such lines; `-- --only git,agents`: groups whose names begin so; `-- --times 3`.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { measureAgents } from './agents.ts'
import { measureApp } from './app.ts'
import { measureEfficiency } from './efficiency.ts'
import { type Figure, figureJson, figureRow, holds, type Measuring, sayFigure } from './figure.ts'
import { measureGate } from './gate.ts'
import { measureGit } from './git.ts'
import { measureNextWave } from './next-wave.ts'
import { bundlePrograms } from './programs.ts'
import { measureRequests } from './requests.ts'
import { measureResume } from './resume.ts'
import { makeShelf } from './shelf.ts'
import { measureThousand } from './thousand.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    markdown: { type: 'string' },
    only: { type: 'string' },
    times: { type: 'string', default: '5' },
  },
})

const groups: Readonly<Record<string, (measuring: Measuring) => Promise<readonly Figure[]>>> = {
  requests: measureRequests,
  git: measureGit,
  gate: measureGate,
  resume: measureResume,
  agents5: (measuring) => measureAgents(measuring, 5),
  agents25: (measuring) => measureAgents(measuring, 25),
  agents100: (measuring) => measureAgents(measuring, 100),
  thousand: measureThousand,
  efficiency: measureEfficiency,
  app: measureApp,
  'next-wave': measureNextWave,
}

if (values.markdown === undefined) await measureAll()
else {
  const printed = readFileSync(values.markdown, 'utf8').split('\n')
  const rows = printed.filter((line) => line.startsWith('{')).map(figureRow)
  console.log(['| figure | measured | bar | holds | note |', '|---|---|---|---|---|', ...rows].join('\n'))
}

async function measureAll(): Promise<void> {
  const only = values.only?.split(',') ?? ['']
  const wanted = Object.entries(groups).filter(([name]) => only.some((beginning) => name.startsWith(beginning)))
  if (wanted.length === 0) {
    console.error(`There is no figure \`${values.only}\`. There are ${Object.keys(groups).join(', ')}.`)
    process.exit(2)
  }
  const say = (line: string) => console.error(line)
  await bundlePrograms()
  say('Judging a small repository, so that nobody has to compile the standard library.')
  const shelf = makeShelf()
  let allHold = true
  try {
    for (const [name, measure] of wanted) {
      const startedAt = performance.now()
      for (const figure of await measure({ times: Number(values.times), say, shelf })) {
        console.log(values.json ? figureJson(figure) : sayFigure(figure))
        allHold &&= holds(figure)
      }
      say(`${name} took ${Math.round((performance.now() - startedAt) / 1000)} s.`)
    }
  } finally {
    shelf.close()
  }
  process.exitCode = allHold ? 0 : 1
}
