// A process for tests of kills: node write-turns.ts <file> <turns> [hold]. Writes an event and a step per turn, and a line behind each.
import { writeSync } from 'node:fs'
import { openSqliteJournal } from '../../../src/adapters/journal/sqlite-journal.ts'
import { thisProcess } from '../../../src/adapters/journal/this-process.ts'
import { asRunId } from '../../../src/ids.ts'

const [path = '', turns = '0', hold = ''] = process.argv.slice(2)
const run = asRunId('demo-abc123')
const journal = openSqliteJournal<{ readonly at: number; readonly text: string }>({ path, processes: thisProcess() })
if (hold === 'hold' && !journal.hold(run)) process.exit(1)
for (let turn = 0; turn < Number(turns); turn++) {
  await journal.append(run, { at: turn, text: 'x'.repeat(500) })
  await journal.once({ run, key: `turn ${turn}` }, async () => ({ paid: turn }))
  writeSync(1, `${turn}\n`)
}
