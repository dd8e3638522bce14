import { sql } from 'kysely'
import type { Reader, Tx } from './database.ts'

/** An embedding model of another service, as it was found to be when it first answered. */
export interface MeasuredModel {
  /** Length of its vectors. */
  readonly dimension: number
  /** Standard deviation of the cosines between random passages. */
  readonly sigma: number
  /** How many passages of the documents it was measured on; 0: on samples. */
  readonly passages: number
}

export async function measuredModel(read: Reader, model: string): Promise<MeasuredModel | undefined> {
  const row = await read
    .selectFrom('measured_models')
    .select(['dimension', 'sigma_millionths', 'passages'])
    .where('model', '=', model)
    .executeTakeFirst()
  return row && { dimension: row.dimension, sigma: row.sigma_millionths / MILLION, passages: row.passages }
}

export async function rememberModel(tx: Tx, model: string, measured: MeasuredModel): Promise<void> {
  const { dimension, sigma, passages } = measured
  const values = { dimension, sigma_millionths: Math.max(1, Math.round(sigma * MILLION)), passages }
  await tx
    .insertInto('measured_models')
    .values({ model, ...values })
    .onConflict((conflict) => conflict.column('model').doUpdateSet(values))
    .execute()
}

const MILLION = 1_000_000

/** Vectors of so many passages of a model, drawn at random; none where there are fewer. Each is a query of its own. */
export async function randomVectors(read: Reader, model: string, count: number): Promise<Float32Array[]> {
  const ofModel = read.selectFrom('vectors').where('model', '=', model)
  const first = await ofModel.select('chunk_id').orderBy('chunk_id').limit(1).executeTakeFirst()
  const last = await ofModel.select('chunk_id').orderBy('chunk_id', 'desc').limit(1).executeTakeFirst()
  const enough = await ofModel
    .select('chunk_id')
    .orderBy('chunk_id')
    .offset(count - 1)
    .limit(1)
    .executeTakeFirst()
  if (first === undefined || last === undefined || enough === undefined) return []
  const found = new Map<number, Float32Array>()
  // Where ids have gaps some are drawn twice.
  for (let tries = 0; tries < 4 * count && found.size < count; tries++) {
    const from = first.chunk_id + Math.floor(Math.random() * (last.chunk_id - first.chunk_id + 1))
    const row = await ofModel
      .select(['chunk_id', 'vector'])
      .where('chunk_id', '>=', sql<typeof first.chunk_id>`${from}`)
      .orderBy('chunk_id')
      .limit(1)
      .executeTakeFirst()
    if (row !== undefined && !found.has(row.chunk_id)) found.set(row.chunk_id, floats(row.vector))
  }
  return found.size < count / 2 ? [] : [...found.values()]
}

/** A copy: the bytes may begin anywhere. */
const floats = (bytes: Uint8Array): Float32Array => new Float32Array(bytes.slice().buffer)
