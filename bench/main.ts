// `npm run bench`: every figure, side by side in one run. `-- --json`: one object a figure and line; `-- --only agents`: one group; `-- --times 3`.
import { parseArgs } from 'node:util'
import { measureAgents } from './agents.ts'
import { type Figure, figureJson, holds, sayFigure } from './figure.ts'

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, only: { type: 'string' }, times: { type: 'string', default: '5' } },
})
const times = Number(values.times)
const say = (line: string) => console.error(line)

const groups: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  agents5: () => measureAgents({ agents: 5, times, say }),
  agents25: () => measureAgents({ agents: 25, times, say }),
  agents100: () => measureAgents({ agents: 100, times, say }),
}

const wanted = Object.entries(groups).filter(([name]) => values.only === undefined || name.startsWith(values.only))
if (wanted.length === 0) {
  console.error(`There is no figure \`${values.only}\`. There are ${Object.keys(groups).join(', ')}.`)
  process.exit(2)
}
let allHold = true
for (const [, measure] of wanted) {
  for (const figure of await measure()) {
    console.log(values.json ? figureJson(figure) : sayFigure(figure))
    allHold &&= holds(figure)
  }
}
process.exitCode = allHold ? 0 : 1
