import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { passageText } from '../../core/documents.ts'
import type { ChunkId, DocumentId, UserId } from '../../core/ids.ts'
import type { Reader, Tx } from '../../database/database.ts'

export interface PassageToEmbed {
  readonly id: ChunkId
  readonly context: string
  readonly text: string
}

/** The next passages of the document without a vector of this model, by id. */
export const passagesToEmbed = (
  read: Reader,
  document: DocumentId,
  model: string,
  after: number,
  limit: number,
): Promise<PassageToEmbed[]> =>
  read
    .selectFrom('chunks')
    .leftJoin('vectors', (join) => join.onRef('vectors.chunk_id', '=', 'chunks.id').on('vectors.model', '=', model))
    .select(['chunks.id', 'chunks.context', 'chunks.text'])
    .where('chunks.document_id', '=', document)
    .where('chunks.id', '>', after as ChunkId)
    .where('vectors.chunk_id', 'is', null)
    .orderBy('chunks.id')
    .limit(limit)
    .execute()

/** Names a text that is embedded: SHA-256 in base64url. */
export const textHash = (text: string): string => createHash('sha256').update(text).digest('base64url')

export interface EmbeddedPassage {
  readonly id: ChunkId
  /** Of the text that the vector was made of. */
  readonly hash: string
  /** f32, little endian. */
  readonly vector: Uint8Array
}

export async function storeVectors(
  tx: Tx,
  document: DocumentId,
  model: string,
  rows: readonly EmbeddedPassage[],
): Promise<void> {
  if (rows.length === 0) return
  await tx
    .insertInto('vectors')
    .values(
      rows.map(({ id, hash, vector }) => ({
        chunk_id: id,
        model,
        document_id: document,
        // Whose it is now: it may have become another's while its passages were being embedded.
        owner_id: ({ selectFrom }) => selectFrom('documents').select('owner_id').where('id', '=', document),
        text_hash: hash,
        vector,
      })),
    )
    .onConflict((conflict) => conflict.columns(['chunk_id', 'model']).doNothing())
    .execute()
}

/**
 * The vectors that the owner's passages have of these texts, by hash: never another person's, so that nobody learns from
 * the time of an upload what others keep, and never of a text whose last passage is gone.
 */
export async function knownVectors(
  read: Reader,
  owner: UserId,
  model: string,
  hashes: readonly string[],
): Promise<Map<string, Uint8Array>> {
  if (hashes.length === 0) return new Map()
  // Of a text that stands in thousands of documents only the first is read.
  const rows = await read
    .selectFrom((eb) =>
      eb
        .selectFrom('vectors')
        .select((of) => of.fn.min('chunk_id').as('chunk'))
        .where('owner_id', '=', owner)
        .where('model', '=', model)
        .where('text_hash', 'in', [...new Set(hashes)])
        .groupBy('text_hash')
        .as('first'),
    )
    .innerJoin('vectors', (join) => join.onRef('vectors.chunk_id', '=', 'first.chunk').on('vectors.model', '=', model))
    .innerJoin('documents', (join) =>
      join.onRef('documents.id', '=', 'vectors.document_id').on('documents.owner_id', '=', owner),
    )
    .select(['vectors.text_hash', 'vectors.vector'])
    .execute()
  return new Map(rows.flatMap(({ text_hash: hash, vector }) => (hash === null ? [] : [[hash, vector] as const])))
}

/** For each model the passage of the document whose vector was made of a text, by the text's hash. */
export type VectorsByText = ReadonlyMap<string, ReadonlyMap<string, ChunkId>>

export async function vectorsByText(tx: Tx, document: DocumentId): Promise<VectorsByText> {
  const rows = await tx
    .selectFrom('vectors')
    .select((eb) => ['model', 'text_hash', eb.fn.min('chunk_id').as('chunk')])
    .where('document_id', '=', document)
    .where('text_hash', 'is not', null)
    .groupBy(['model', 'text_hash'])
    .execute()
  const models = new Map<string, Map<string, ChunkId>>()
  for (const { model, text_hash: hash, chunk } of rows) {
    const texts = models.get(model) ?? new Map<string, ChunkId>()
    models.set(model, texts)
    if (hash !== null) texts.set(hash, chunk)
  }
  return models
}

/** Gives new passages the vectors of former ones whose text under this title is the same, in every model. */
export async function takeOverVectors(
  tx: Tx,
  former: VectorsByText,
  passages: readonly PassageToEmbed[],
  title: string,
): Promise<void> {
  if (former.size === 0) return
  const hashes = passages.map(({ id, context, text }) => ({ id, hash: textHash(passageText(title, context, text)) }))
  for (const [model, texts] of former) {
    const pairs = hashes.flatMap(({ id, hash }) => {
      const from = texts.get(hash)
      return from === undefined ? [] : [sql`(cast(${id} as bigint), cast(${from} as bigint))`]
    })
    if (pairs.length === 0) continue
    await sql`
      insert into vectors (chunk_id, model, document_id, owner_id, text_hash, vector)
      select pairs.column1, former.model, former.document_id, former.owner_id, former.text_hash, former.vector
      from (values ${sql.join(pairs)}) as pairs
      join vectors as former on former.chunk_id = pairs.column2 and former.model = ${model}`.execute(tx)
  }
}
