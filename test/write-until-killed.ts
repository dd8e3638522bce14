import { addToCounters } from '../src/database/counters.ts'
import { openSqlite } from '../src/database/sqlite/open.ts'
import { quietLogger } from './quiet-logger.ts'

/**
 * Run by the durability test as a process of its own, until it is killed: 16 writers, each unit writes two rows
 * that belong together, and is named on the standard output once it is acknowledged.
 */
const path = process.argv[2]
if (path === undefined) throw new Error('Give the path of the database')
const database = await openSqlite({ path, logger: quietLogger })

async function writeForEver(writer: number): Promise<never> {
  for (let n = 1; ; n += 1) {
    const name = `${writer}-${n}`
    await database.write(async (tx) => {
      await addToCounters(tx, { [`left ${name}`]: n })
      await addToCounters(tx, { [`right ${name}`]: n })
    })
    process.stdout.write(`${name}\n`)
  }
}

await Promise.all(Array.from({ length: 16 }, (_, writer) => writeForEver(writer)))
