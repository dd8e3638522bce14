import type { ChunkId } from '../../../core/ids.ts'
import type { VectorReplica } from '../../../core/ports/search.ts'
import type { CallOptions } from '../../../core/ports/surroundings.ts'
import { documentsAfter, type DocumentState } from '../repository.ts'
import * as repository from './repository.ts'

export interface ComparisonDeps {
  /** Whose vectors, of which model, it holds. */
  readonly source: repository.Source
  readonly replica: VectorReplica
  /** Called before each step. Rejects where another process writes to the replica now. */
  readonly stillWriter: () => Promise<void>
}

/** What was put right. */
export interface Comparison {
  /** Passages that were looked at. */
  readonly passages: number
  /** That were not there, or of other attributes. */
  readonly added: number
  /** Rows that no passage has, or that were there twice. */
  readonly removed: number
}

const DOCUMENTS_A_READ = 500
/** Ids of passages that are compared at a time; as many rows go into one answer. */
const IDS_AT_ONCE = 10_000

/**
 * Makes the replica hold what the database holds, whatever is there: what no passage has is removed, then each document is put
 * there, of which only what is missing is written. What changes meanwhile is in the change log.
 */
export async function compare(
  { source, replica, stillWriter }: ComparisonDeps,
  options: CallOptions = {},
): Promise<Comparison> {
  const { read, model } = source
  const result = { passages: 0, added: 0, removed: 0 }
  async function put(states: readonly DocumentState[]): Promise<void> {
    for await (const some of repository.inBatches(read, states)) {
      options.signal?.throwIfAborted()
      const documents = await repository.replicated(source, some, replica, options)
      await stillWriter()
      result.added += (await replica.putDocuments(documents, options)).added
      for (const { rows } of documents) result.passages += rows.length
    }
  }
  async function remove(chunks: readonly ChunkId[], rows = chunks.length): Promise<void> {
    if (chunks.length === 0) return
    await stillWriter()
    await replica.removeChunks(chunks, options)
    result.removed += rows
  }

  // The database is asked after the replica: what is removed from it between the two may go.
  const end = await repository.lastChunk(read)
  for (let from = 0; from <= end; from += IDS_AT_ONCE) {
    options.signal?.throwIfAborted()
    const below = Math.min(end + 1, from + IDS_AT_ONCE)
    const { chunks, rows } = await replica.inventory(from, below, options)
    const expected = await repository.expectedAmong(read, model, from, below)
    // Which of them it is that are there twice, no answer tells: all are put there again.
    if (rows > chunks.length) await remove(chunks, rows)
    else await remove(unexpected(chunks, expected))
  }

  // Of a database that was put back to an earlier state.
  for (let from = end + 1; ;) {
    options.signal?.throwIfAborted()
    const { chunks } = await replica.inventory(from, Infinity, options)
    if (chunks.length === 0) break
    const extra = unexpected(chunks, await repository.expectedAmong(read, model, from, Infinity))
    await remove(extra)
    // They come in no order: what is left is asked for again.
    if (extra.length === 0) from = Math.max(...chunks) + 1
  }

  for (let after = ''; ;) {
    options.signal?.throwIfAborted()
    const states = await documentsAfter(read, after, DOCUMENTS_A_READ)
    const last = states.at(-1)
    if (last === undefined) return result
    await put(states)
    after = last.document
  }
}

const unexpected = (chunks: readonly ChunkId[], expected: ReadonlyMap<ChunkId, unknown>): ChunkId[] =>
  chunks.filter((chunk) => !expected.has(chunk))
