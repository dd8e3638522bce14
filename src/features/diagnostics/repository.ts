import type { UserId } from '../../core/ids.ts'
import type { Reader } from '../../database/database.ts'

export interface Holdings {
  readonly documents: number
  /** Bytes as received. */
  readonly bytes: number
  readonly chunks: number
}

/** What is stored, of one owner or of all. */
export async function holdings(read: Reader, owner?: UserId): Promise<Holdings> {
  let query = read
    .selectFrom('documents')
    .select((eb) => [
      eb.fn.countAll<number>().as('documents'),
      eb.fn.sum<number | string | null>('size').as('bytes'),
      eb.fn.sum<number | string | null>('chunk_count').as('chunks'),
    ])
  if (owner !== undefined) query = query.where('owner_id', '=', owner)
  const row = await query.executeTakeFirstOrThrow()
  // PostgreSQL adds up to a decimal, which comes as text.
  return { documents: row.documents, bytes: Number(row.bytes ?? 0), chunks: Number(row.chunks ?? 0) }
}

/** How many of the owner's passages have a vector of this model. */
export async function vectorsOf(read: Reader, owner: UserId, model: string): Promise<number> {
  const row = await read
    .selectFrom('vectors')
    .innerJoin('chunks', 'chunks.id', 'vectors.chunk_id')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('chunks.owner_id', '=', owner)
    .where('vectors.model', '=', model)
    .executeTakeFirstOrThrow()
  return row.count
}
