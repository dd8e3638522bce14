/**
 * Cranfield into an empty server by one client's batch: the words phase and the vectors phase, each beside its floor
 * in the same run: a bare loop of durable SQLite commits, and the bare embedder over the same chunks and threads. Then the
 * same into a server over PostgreSQL, which syncs each commit too, and how often that is asked for each batch of passages.
 *
 *   npm run bench -- ingest [--documents 1400] [--rounds 2]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { Client } from 'pg'
import { createLocalEmbedder } from '../src/adapters/embedders/local-onnx/local-embedder.ts'
import { passageText } from '../src/core/documents.ts'
import type { Logger } from '../src/core/ports/surroundings.ts'
import { apiClient, type ApiClient } from '../scripts/drills/client.ts'
import { root, startServer } from '../scripts/drills/server.ts'
import { startServer as startPostgres } from '../test/postgres.ts'
import { startRelay } from './postgres-relay.ts'
import { report } from './report.ts'
import { readSet } from './retrieval-sets.ts'
import { addAll, allProcessed, IN_FLIGHT } from './served-set.ts'

const { values: options } = parseArgs({
  options: { documents: { type: 'string' }, rounds: { type: 'string', default: '2' } },
})
const rounds = Number(options.rounds)
const threads = availableParallelism()
const whole = await readSet('cranfield')
const set = { ...whole, passages: whole.passages.slice(0, Number(options.documents ?? whole.passages.length)) }
const folder = await mkdtemp(join(tmpdir(), 'evident-ingest-'))

/** Documents per second of a loop that commits each one durably, alone. */
function bareCommits(round: number): number {
  const database = new DatabaseSync(join(folder, `bare-${round}.db`))
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)',
  )
  const insert = database.prepare('INSERT INTO t (text) VALUES (?)')
  const began = performance.now()
  for (const { text } of set.passages) insert.run(text)
  const seconds = (performance.now() - began) / 1000
  database.close()
  return set.passages.length / seconds
}

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => console.warn(message, fields),
  error: (fields, message) => console.error(message, fields),
  child: () => silent,
}

/** Passages per second of the embedder that the service uses, with nothing else running. */
async function bareEmbedder(texts: readonly string[]): Promise<number> {
  const embedder = await createLocalEmbedder({
    name: 'bge-small-en-v1.5',
    modelsDir: join(root, 'models'),
    threads,
    // Each text is embedded, the first ones a second time.
    cacheSize: 0,
    logger: silent,
  })
  await embedder.embed(texts.slice(0, 2 * threads), 'document')
  const began = performance.now()
  const batches: Promise<unknown>[] = []
  for (let at = 0; at < texts.length; at += embedder.maxBatch) {
    batches.push(embedder.embed(texts.slice(at, at + embedder.maxBatch), 'document'))
  }
  await Promise.all(batches)
  const seconds = (performance.now() - began) / 1000
  await embedder.close()
  return texts.length / seconds
}

function storedPassages(dataDir: string): string[] {
  const database = new DatabaseSync(join(dataDir, 'evident.db'), { readOnly: true })
  const rows = database
    .prepare('SELECT d.title, c.context, c.text FROM chunks c JOIN documents d ON d.id = c.document_id ORDER BY c.id')
    .all()
  database.close()
  return rows.map(({ title, context, text }) => passageText(String(title), String(context), String(text)))
}

interface OnPostgres extends Round {
  /** Statements for each batch of passages, whose rows were stored, and whose vectors were. */
  readonly chunkTrips: number
  readonly vectorTrips: number
}

/** Passages that the service stores in one statement (features/ingestion), and texts that its embedder takes at once. */
const CHUNKS_A_BATCH = 200
const VECTORS_A_BATCH = 32

/** A document of several batches: those of Cranfield have a passage or two each. */
const LONG = whole.passages
  .slice(0, 250)
  .map(({ text }) => text)
  .join('\n\n')

async function ingestOnPostgres(dataDir: string): Promise<OnPostgres> {
  const postgres = await startPostgres({ durable: true })
  if ('missing' in postgres) throw new Error(postgres.missing)
  try {
    const relay = await startRelay(postgres.url)
    const round = await ingest(dataDir, {
      database: { DATABASE_URL: relay.url },
      trips: () => [...relay.trips.values()].reduce((sum, count) => sum + count, 0),
      async afterwards(api) {
        await api.addText('A long document', LONG)
        await allProcessed(api)
      },
    })
    await relay.close()
    const batches = await countBatches(postgres.url)
    const inserts = (table: string): number => relay.trips.get(`insert into "${table}"`) ?? 0
    return {
      ...round,
      chunkTrips: inserts('chunks') / batches.chunks,
      vectorTrips: inserts('vectors') / batches.vectors,
    }
  } finally {
    await postgres.stop()
  }
}

/** Of what the database holds, as each document makes its own. */
async function countBatches(url: string): Promise<{ chunks: number; vectors: number }> {
  const client = new Client(url)
  await client.connect()
  const { rows } = await client.query<{ chunks: string }>('select count(*) as chunks from chunks group by document_id')
  await client.end()
  const batches = (size: number): number => rows.reduce((sum, { chunks }) => sum + Math.ceil(Number(chunks) / size), 0)
  return { chunks: batches(CHUNKS_A_BATCH), vectors: batches(VECTORS_A_BATCH) }
}

interface Round {
  readonly documents: number
  readonly chunks: number
  readonly wordsSeconds: number
  /** Embedded while words were still coming in. */
  readonly chunksDuringWords: number
  readonly vectorSeconds: number
  readonly wholeSeconds: number
  /** Statements of whatever kind for each document, until its words can be searched; 0 where nobody counts. */
  readonly wordsTrips: number
  readonly texts: readonly string[]
}

interface IngestOptions {
  readonly database?: Readonly<Record<string, string>>
  /** Counts up. */
  readonly trips?: () => number
  /** What is not measured, while the server still runs. */
  readonly afterwards?: (api: ApiClient) => Promise<void>
}

async function ingest(dataDir: string, { database, trips, afterwards }: IngestOptions = {}): Promise<Round> {
  const env = { LOG_LEVEL: 'warn', EMBEDDING_THREADS: String(threads), ...database }
  const server = await startServer({ dataDir, env })
  const api = apiClient(server.url)
  const tripsBefore = trips?.() ?? 0
  const began = performance.now()
  const documents = (await addAll(api, set)).filter((id) => id !== '').length
  const whenWords = performance.now()
  const tripsWhenWords = trips?.() ?? 0
  const early = (await api.documents()).filter(({ status }) => status === 'processed')
  await allProcessed(api)
  const whenVectors = performance.now()
  await afterwards?.(api)
  await server.stop()
  const texts = database === undefined ? storedPassages(dataDir) : []
  return {
    documents,
    chunks: texts.length,
    wordsSeconds: (whenWords - began) / 1000,
    chunksDuringWords: early.reduce((sum, { chunks }) => sum + chunks, 0),
    vectorSeconds: (whenVectors - whenWords) / 1000,
    wholeSeconds: (whenVectors - began) / 1000,
    wordsTrips: (tripsWhenWords - tripsBefore) / documents,
    texts,
  }
}

try {
  // The service and its floors take turns, so that what else the machine does meets both.
  const measured: (Omit<Round, 'texts'> & { readonly bareEmbedder: number; readonly bareCommits: number })[] = []
  const onPostgres: OnPostgres[] = []
  for (let round = 0; round < rounds; round += 1) {
    const { texts, ...one } = await ingest(join(folder, `data-${round}`))
    measured.push({ ...one, bareEmbedder: await bareEmbedder(texts), bareCommits: bareCommits(round) })
    onPostgres.push(await ingestOnPostgres(join(folder, `postgres-${round}`)))
  }
  const [first] = measured
  if (first === undefined) throw new Error('Nothing was measured')
  const mean = (pick: (round: (typeof measured)[number]) => number): number =>
    measured.reduce((sum, round) => sum + pick(round), 0) / measured.length
  const words = mean((round) => round.documents / round.wordsSeconds)
  const vectors = mean((round) => (round.chunks - round.chunksDuringWords) / round.vectorSeconds)
  const bare = mean((round) => round.bareEmbedder)
  const commits = mean((round) => round.bareCommits)
  const both = mean((round) => round.documents / round.wholeSeconds)
  const share = vectors / bare
  const bareDocuments = mean((round) => (round.bareEmbedder * round.documents) / round.chunks)
  const meanOf = (pick: (round: OnPostgres) => number): number =>
    onPostgres.reduce((sum, round) => sum + pick(round), 0) / onPostgres.length
  const postgres = {
    words: meanOf((round) => round.documents / round.wordsSeconds),
    both: meanOf((round) => round.documents / round.wholeSeconds),
    chunkTrips: meanOf((round) => round.chunkTrips),
    vectorTrips: meanOf((round) => round.vectorTrips),
    wordsTrips: meanOf((round) => round.wordsTrips),
  }
  await report(
    'ingest',
    [
      ['documents, chunks', `${first.documents}, ${first.chunks}`],
      ['words phase: documents a second', words.toFixed(0)],
      ['a bare loop of durable commits: documents a second', commits.toFixed(0)],
      ['vectors phase: chunks a second', vectors.toFixed(1)],
      [`the bare embedder, ${threads} threads, the same chunks: a second`, bare.toFixed(1)],
      ['vectors phase / bare embedder (>= .80)', share.toFixed(3)],
      ['both phases: documents a second', both.toFixed(1)],
      ['the bare embedder on the same texts: documents a second', bareDocuments.toFixed(1)],
      ['both phases / bare embedder', (both / bareDocuments).toFixed(3)],
      ['PostgreSQL, words phase: documents a second', postgres.words.toFixed(0)],
      ['PostgreSQL / SQLite, words phase', (postgres.words / words).toFixed(3)],
      ['PostgreSQL, both phases: documents a second', postgres.both.toFixed(1)],
      ['PostgreSQL / SQLite, both phases', (postgres.both / both).toFixed(3)],
      ['round trips for each batch of passages stored (<= 1)', postgres.chunkTrips.toFixed(3)],
      ['round trips for each batch of vectors stored (<= 1)', postgres.vectorTrips.toFixed(3)],
      ['round trips for a document until its words are found, whatever they ask', postgres.wordsTrips.toFixed(1)],
    ],
    {
      threads,
      inFlight: IN_FLIGHT,
      words,
      commits,
      vectors,
      bare,
      share,
      both,
      bareDocuments,
      postgres,
      rounds: measured,
    },
  )
  if (share < 0.8 || postgres.chunkTrips > 1 || postgres.vectorTrips > 1) process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
