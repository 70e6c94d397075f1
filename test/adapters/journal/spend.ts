// A process for tests of money over processes: node spend.ts <file> <cap>. Reserves one dollar at a time as long as the day's sum is under the cap.
import { openSqliteJournal } from '../../../src/adapters/journal/sqlite-journal.ts'
import { thisProcess } from '../../../src/adapters/journal/this-process.ts'
import { asRunId } from '../../../src/ids.ts'

const [path = '', cap = '0'] = process.argv.slice(2)
const { purse } = openSqliteJournal({ path, processes: thisProcess() })
const day = '2026-11-23'
const reserved = () =>
  purse.exclusively(() => {
    if (purse.spentUsd({ day }) + 1 > Number(cap)) return false
    purse.reserve({ run: asRunId(`run-${process.pid}`), day, part: 'work', about: 'x', usd: 1 })
    return true
  })
while (await reserved()) await new Promise((resolve) => setTimeout(resolve, 1))
