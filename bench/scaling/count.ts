// How long PostgreSQL takes for the statements that read all passages at once: those of each start, and the count of what a
// replica must hold.
import { performance } from 'node:perf_hooks'
import { sql } from 'kysely'
import { LOCAL_USER } from '../../src/core/ids.ts'
import { openPostgres } from '../../src/database/postgres/open.ts'
import { holdings } from '../../src/features/diagnostics/repository.ts'
import { lacksVectors } from '../../src/features/ingestion/re-embedding-repository.ts'
import { documentsWithoutVectors } from '../../src/features/ingestion/repository.ts'
import { expectedRows } from '../../src/features/retrieval/replica/repository.ts'
import { quietLogger } from '../../test/databases.ts'
import { startServer as startPostgres } from '../../test/postgres.ts'
import { CHUNKS_PER_DOCUMENT } from '../synthetic.ts'

export interface CountFigures {
  readonly chunks: number
  /** Of each statement, the fastest of three. */
  readonly seconds: Readonly<Record<string, number>>
}

const MODEL = 'bench'
const COUNTS = 3

/** Rows of the service's sizes, made by the server itself: what they hold is of no interest to it. */
export async function measureCount(chunks: number): Promise<CountFigures> {
  const server = await startPostgres()
  if ('missing' in server) throw new Error(server.missing)
  try {
    const options = { connectionString: server.url, logger: quietLogger, statementTimeoutMs: 120_000 }
    const database = await openPostgres(options)
    try {
      const now = new Date().toISOString()
      await database.write(async (tx) => {
        await sql`insert into documents (id, owner_id, title, title_given, summary, summary_given, metadata, source, size,
            current_version, status, searchable, chunk_count, content_length, created_at, updated_at)
          select 'd' || i, ${LOCAL_USER}, 'A title', 0, repeat('s', 300), 0, '{}', 'text', 15000, 1, 'processed', 'full',
            ${CHUNKS_PER_DOCUMENT}::int, 15000, ${now}, ${now}
          from generate_series(0, ${chunks / CHUNKS_PER_DOCUMENT - 1}::int) i`.execute(tx)
        await sql`insert into versions (document_id, version, content, blocks, properties, warnings, parser, created_at)
          select id, 1, '', '[]', '{}', '[]', 'bench', ${now} from documents`.execute(tx)
        await sql`insert into chunks (document_id, version, ordinal, owner_id, start_char, end_char, headings, context, text, tokens)
          select 'd' || i / ${CHUNKS_PER_DOCUMENT}::int, 1, i % ${CHUNKS_PER_DOCUMENT}::int, ${LOCAL_USER}, 0, 1, '[]', '',
            repeat('t', 1400), 300
          from generate_series(0, ${chunks - 1}::int) i`.execute(tx)
        await sql`insert into vectors (chunk_id, model, document_id, vector, owner_id, text_hash)
          select id, ${MODEL}, document_id, decode(repeat(md5(id::text), 96), 'hex'), owner_id, md5(id::text) from chunks`.execute(
          tx,
        )
      })
      await sql`vacuum analyze`.execute(database.read)
      const { read } = database
      const statements: Readonly<Record<string, () => Promise<unknown>>> = {
        'documents without vectors, at each start': () => documentsWithoutVectors(read, MODEL).next(),
        'whether any passage lacks a vector, before the model changes': () => lacksVectors(read, MODEL),
        'the count of a replica': () => expectedRows(read),
        'documents and passages of all': () => holdings(read),
      }
      const seconds: Record<string, number> = {}
      for (const [name, ask] of Object.entries(statements)) {
        const times: number[] = []
        for (let i = 0; i < COUNTS; i++) {
          const began = performance.now()
          await ask()
          times.push((performance.now() - began) / 1000)
        }
        seconds[name] = Math.min(...times)
      }
      return { chunks, seconds }
    } finally {
      await database.close()
    }
  } finally {
    await server.stop()
  }
}
