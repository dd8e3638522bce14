import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { addToCounters } from '../src/database/counters.ts'
import { openSqlite } from '../src/database/sqlite/open.ts'
import { quietLogger } from '../test/databases.ts'

/**
 * Durable commits a second: a bare loop of node:sqlite on this disk as the floor, then our `write` with one
 * writer and with 32. The runs take short turns, so that what else the machine does falls on all of them alike.
 * Usage: node bench/commits.ts [folder]   (the folder says which disk; the system's temporary one by default)
 */
const SECONDS = 0.15
const ROUNDS = 25

const folder = await mkdtemp(join(process.argv[2] ?? tmpdir(), 'evident-bench-'))

/** Runs `unit` again and again; gives how often it did so in a second. */
async function rate(writers: number, unit: (writer: number, n: number) => Promise<unknown>): Promise<number> {
  const started = performance.now()
  const until = started + SECONDS * 1000
  let units = 0
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; performance.now() < until; n += 1) {
      await unit(writer, n)
      units += 1
    }
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
  return (units / (performance.now() - started)) * 1000
}

const bare = new DatabaseSync(join(folder, 'bare.db'))
bare.exec(
  'pragma journal_mode = wal; pragma synchronous = full; create table counters (name text primary key, value int)',
)
const insert = bare.prepare(
  'insert into counters values (?, ?) on conflict do update set value = value + excluded.value',
)
const database = await openSqlite({ path: join(folder, 'evident.db'), logger: quietLogger })
const write = (writer: number, n: number): Promise<unknown> =>
  database.write((tx) => addToCounters(tx, { [`${writer} ${n % 500}`]: 1 }))

const cases: Record<string, () => Promise<number>> = {
  'bare loop, one commit each': () => rate(1, (_, n) => Promise.resolve(insert.run(`0 ${n % 500}`, 1))),
  'write, 1 writer': () => rate(1, write),
  'write, 32 writers': () => rate(32, write),
}
const totals = new Map(Object.keys(cases).map((name) => [name, 0]))
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, run] of Object.entries(cases)) totals.set(name, (totals.get(name) ?? 0) + (await run()) / ROUNDS)
}
bare.close()
await database.close()
await rm(folder, { recursive: true, force: true })

const floor = totals.get('bare loop, one commit each') ?? Number.NaN
const results = [...totals].map(([name, mean]) => ({
  case: name,
  'units a second': Math.round(mean),
  'times the bare loop': Number((mean / floor).toFixed(2)),
}))
console.table(results)
await mkdir('.bench', { recursive: true })
await writeFile(
  '.bench/commits.json',
  JSON.stringify({ at: new Date().toISOString(), node: process.version, results }, null, 2),
)
