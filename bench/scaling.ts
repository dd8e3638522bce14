/**
 * What docs/scaling.md counts with: bytes a passage in each place, and times by the size of an owner, each beside its floor.
 *
 *   npm run bench -- scaling [--part stores,count,log,index,milvus,load] [--chunks 20000] [--largest 60000]
 *
 * `stores`: both databases, table by table, for vectors of 384 and of 1,024 numbers; `count`: statements over
 * all passages; `log`: the counter of the change log;
 * `index`: the embedded index with owners of several sizes; `milvus`: a Milvus of its own; `load`: a
 * real server with owners of skewed sizes at given rates; of use on a machine that does nothing else. Each takes one to two minutes and
 * leaves .bench/scaling-PART.json.
 */
import { parseArgs } from 'node:util'
import { ms, report, type Row } from './report.ts'
import { measureLog } from './scaling/change-log.ts'
import { collections } from './scaling/collection.ts'
import { measureCount } from './scaling/count.ts'
import { measureIndex } from './scaling/index.ts'
import { measureLoad } from './scaling/load.ts'
import { measureMilvus } from './scaling/milvus.ts'
import { measureStores, type Store } from './scaling/stores.ts'

const { values: options } = parseArgs({
  options: {
    part: { type: 'string', default: 'stores,count,log,index,milvus,load' },
    chunks: { type: 'string', default: '20000' },
    largest: { type: 'string', default: '60000' },
  },
})
const COUNTED = 250_000
const PARTS: Readonly<Record<string, () => Promise<void>>> = { stores, count, log, index, milvus, load }
for (const name of options.part.split(',')) {
  const part = PARTS[name]
  if (part === undefined) throw new Error(`There is no part ${name}: ${Object.keys(PARTS).join(', ')}`)
  await part()
}

async function stores(): Promise<void> {
  const measured = await measureStores(await collections(), Number(options.chunks))
  await report('scaling-stores', measured.flatMap(rowsOf), { stores: measured })
}

function rowsOf({ database, dimension, chunks, tables, ...store }: Store): Row[] {
  const each = (bytes: number): string => (bytes / chunks).toFixed(0)
  const large = tables.filter(({ data, indexes }) => data + indexes > 10 * chunks).sort((a, b) => b.data - a.data)
  const all = tables.reduce((sum, { data, indexes }) => sum + data + indexes, 0)
  const perSecond = [store.written, store.read, store.counted].map((rate) => rate.toFixed(0)).join(', ')
  return [
    [`${database}, ${dimension} numbers: chunks, documents`, `${chunks}, ${store.documents}`],
    ['  bytes a chunk, all tables', each(all)],
    ...large.map(({ name, data, indexes }): Row => [`  ${name}: data, indexes`, `${each(data)}, ${each(indexes)}`]),
    ['  chunks a second: written, read as at a start, counted', perSecond],
  ]
}

async function count(): Promise<void> {
  const { chunks, seconds } = await measureCount(COUNTED)
  const rows = Object.entries(seconds).map(([statement, took]): Row => [
    `PostgreSQL, ${chunks} chunks: ${statement}`,
    `${took.toFixed(2)} s`,
  ])
  await report('scaling-count', rows, { chunks, seconds })
}

async function log(): Promise<void> {
  const rates = await measureLog()
  const rows = rates.map(({ database, writers, changes, apart }): Row => [
    `${database}, ${writers} writers: changes a second; writers apart (floor)`,
    `${changes.toFixed(0)}; ${apart.toFixed(0)}`,
  ])
  await report('scaling-log', rows, { rates })
}

async function index(): Promise<void> {
  const figures = await measureIndex(await collections(), Number(options.largest))
  const { owners, snapshot, wide } = figures
  const rows = owners.flatMap((one): Row[] => [
    [`${one.count} owners of ${one.chunks} chunks`, `${one.loaded.toFixed(0)} chunks a second loaded`],
    [
      '  bytes a chunk: words, vectors, documents',
      [one.words, one.vectors, one.documents].map((bytes) => bytes.toFixed(0)).join(', '),
    ],
    [
      '  search p50 (p95); vector leg, word leg; bare scan (floor)',
      `${ms(one.hybrid)} (${ms(one.hybrid95)}); ${ms(one.vectorLeg)}, ${ms(one.wordLeg)}; ${ms(one.floor)}`,
    ],
  ])
  await report(
    'scaling-index',
    [
      ...rows,
      ['snapshot, bytes a chunk', (snapshot.bytes / figures.chunks).toFixed(0)],
      ['  written, read', `${snapshot.writeSeconds.toFixed(2)} s, ${snapshot.readSeconds.toFixed(2)} s`],
      ['  bytes of JSON a document', String(snapshot.description)],
      [
        `bare scan of ${wide.rows} rows of ${wide.dimension}: bytes a row, p50`,
        `${wide.bytes.toFixed(0)}, ${ms(wide.floor)}`,
      ],
      ["main thread's heap a followed document, bytes", figures.followed.toFixed(0)],
    ],
    figures,
  )
}

async function milvus(): Promise<void> {
  const measured = await measureMilvus(await collections(), Number(options.chunks))
  const rows = measured.flatMap((one): Row[] => [
    [`Milvus, ${one.dimension} numbers: rows`, String(one.chunks)],
    [
      '  rows a second by one writer; then until they are indexed',
      `${one.filled.toFixed(0)}; ${one.indexSeconds.toFixed(1)} s`,
    ],
    ['  one document by itself', ms(one.one)],
    ['  bytes a row: resident, on disk', [one.resident, one.stored].map((bytes) => bytes.toFixed(0)).join(', ')],
    [
      '  search p50, p95; bare scan of as many rows (floor)',
      `${ms(one.search)}, ${ms(one.search95)}; ${ms(one.floor)}`,
    ],
    [
      `  ${one.together.clients} searches at a time: p50, a second, CPU of each`,
      `${ms(one.together.p50)}, ${one.together.perSecond.toFixed(0)}, ${ms(one.cpu)}`,
    ],
    ['  count(*)', ms(one.counted)],
  ])
  await report('scaling-milvus', rows, { measured })
}

async function load(): Promise<void> {
  const figures = await measureLoad(await collections(), Number(options.largest))
  const { owners, steps, alone } = figures
  const threads = Object.entries(alone.threads)
    .filter(([, spent]) => spent >= 0.05)
    .map(([name, spent]) => `${name} ${spent.toFixed(1)}`)
  const rows = steps.map(({ searches, documents, p50, p99, answered }): Row => [
    `${searches} searches and ${documents} documents a second: p50, p99 of ${answered}`,
    `${ms(p50)}, ${ms(p99)}`,
  ])
  await report(
    'scaling-load',
    [
      ['owners, chunks of the largest and of the smallest', `${owners.length}, ${owners[0]}, ${owners.at(-1)}`],
      ['one search at a time: p50', ms(alone.p50)],
      ['  CPU ms of each', [...threads, `client ${alone.client.toFixed(1)}`].join(', ')],
      ...rows,
    ],
    figures,
  )
}
