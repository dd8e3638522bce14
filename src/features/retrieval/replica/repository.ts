import type { ChunkId, DocumentId } from '../../../core/ids.ts'
import type { ReplicatedDocument, Terms, VectorReplica, WeighedTerms } from '../../../core/ports/search.ts'
import type { CallOptions } from '../../../core/ports/surroundings.ts'
import type { Reader } from '../../../database/database.ts'
import { documentRanges, within } from '../../../database/document-ranges.ts'
import { floats } from '../../../database/floats.ts'
import type { DocumentState } from '../repository.ts'

const DOCUMENTS_AT_ONCE = 500

/**
 * Passages of current versions that have a vector of the model, of documents that have all of theirs: the others get theirs in
 * several commits, of which the change log names the last.
 */
const current = (read: Reader, model: string) =>
  read
    .selectFrom('chunks')
    .innerJoin('documents', (join) =>
      join.onRef('documents.id', '=', 'chunks.document_id').onRef('documents.current_version', '=', 'chunks.version'),
    )
    .innerJoin('vectors', (join) => join.onRef('vectors.chunk_id', '=', 'chunks.id').on('vectors.model', '=', model))
    .where('documents.searchable', '=', 'full')

/** Where a replica's rows come from, and what makes the terms of a passage, for one that looks for words. */
export interface Source {
  readonly read: Reader
  readonly model: string
  readonly terms: Pick<Terms, 'ofPassages'>
}

/** These documents with their vectors, and with their terms where the replica looks for words. */
export async function replicated(
  { read, model, terms }: Source,
  states: readonly DocumentState[],
  { takesTerms }: Pick<VectorReplica, 'takesTerms'>,
  options?: CallOptions,
): Promise<ReplicatedDocument[]> {
  if (states.length === 0) return []
  const ids = states.map(({ document }) => document)
  const rows = await current(read, model)
    .select(['chunks.document_id', 'chunks.id', 'vectors.vector'])
    .where('chunks.document_id', 'in', ids)
    .execute()
  const byDocument = Map.groupBy(rows, (row) => row.document_id)
  const termsOf = takesTerms ? await termsOfAll({ read, terms }, states, options) : undefined
  return states.map(({ owner, document, attributes }) => ({
    owner,
    document,
    attributes,
    rows: (byDocument.get(document) ?? []).map(({ id, vector }) => {
      return { chunk: id, vector: floats(vector), terms: termsOf?.get(id) }
    }),
  }))
}

async function termsOfAll(
  { read, terms }: Omit<Source, 'model'>,
  states: readonly DocumentState[],
  options?: CallOptions,
): Promise<Map<ChunkId, WeighedTerms>> {
  const titles = new Map(states.map(({ document, title }) => [document, title]))
  const texts = await read
    .selectFrom('chunks')
    .innerJoin('documents', (join) =>
      join.onRef('documents.id', '=', 'chunks.document_id').onRef('documents.current_version', '=', 'chunks.version'),
    )
    .select(['chunks.id', 'chunks.document_id', 'chunks.context', 'chunks.text'])
    .where('chunks.document_id', 'in', [...titles.keys()])
    .execute()
  const passages = texts.map(({ id, document_id, context, text }) => {
    return { chunk: id, title: titles.get(document_id) ?? '', context, text }
  })
  const made = await terms.ofPassages(passages, options)
  return new Map(made.flatMap((terms, i) => (passages[i] === undefined ? [] : [[passages[i].chunk, terms]])))
}

/** Passages whose vectors are in memory at a time, unless one document has more. */
const PASSAGES_AT_ONCE = 4000

/** The documents in parts that are not too large. */
export async function* inBatches(
  read: Reader,
  states: readonly DocumentState[],
): AsyncGenerator<readonly DocumentState[]> {
  if (states.length === 0) return
  const ids = states.map(({ document }) => document)
  const rows = await read.selectFrom('documents').select(['id', 'chunk_count']).where('id', 'in', ids).execute()
  const countOf = new Map(rows.map((row) => [row.id, row.chunk_count]))
  let batch: DocumentState[] = []
  let passages = 0
  for (const state of states) {
    const count = countOf.get(state.document) ?? 0
    if (batch.length > 0 && (passages + count > PASSAGES_AT_ONCE || batch.length === DOCUMENTS_AT_ONCE)) {
      yield batch
      batch = []
      passages = 0
    }
    batch.push(state)
    passages += count
  }
  if (batch.length > 0) yield batch
}

/**
 * How many rows a replica has that has caught up: as many as the passages of documents that have all of their vectors, which
 * the documents say. Where the model has just changed and they do not have this one's yet, it is too many.
 */
export async function expectedRows(read: Reader): Promise<number> {
  let rows = 0
  for await (const range of documentRanges(read)) {
    const { passages } = await within(range, read.selectFrom('documents'))
      .select((eb) => eb.fn.sum<number | string | null>('chunk_count').as('passages'))
      .where('searchable', '=', 'full')
      .executeTakeFirstOrThrow()
    rows += Number(passages ?? 0)
  }
  return rows
}

/** What of a replica's rows with these ids is to be there, and of which document. */
export async function expectedAmong(
  read: Reader,
  model: string,
  from: number,
  below: number,
): Promise<Map<ChunkId, DocumentId>> {
  const rows = await current(read, model)
    .select(['chunks.id', 'chunks.document_id'])
    .where('chunks.id', '>=', from as ChunkId)
    .$if(Number.isFinite(below), (query) => query.where('chunks.id', '<', below as ChunkId))
    .execute()
  return new Map(rows.map((row) => [row.id, row.document_id]))
}

export async function lastChunk(read: Reader): Promise<number> {
  const row = await read
    .selectFrom('chunks')
    .select((eb) => eb.fn.max('id').as('id'))
    .executeTakeFirst()
  const last: number | null | undefined = row?.id
  return last ?? 0
}
