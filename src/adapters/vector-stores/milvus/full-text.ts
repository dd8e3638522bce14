import { createHash } from 'node:crypto'
import type { CreateIndexParam } from '@zilliz/milvus2-sdk-node'
import type { WeighedTerms } from '../../../core/ports/search.ts'
import type { CallOptions } from '../../../core/ports/surroundings.ts'
import type { Connection } from './connection.ts'

/** Words are sparse vectors, whose products are BM25 (milvus.io/docs/sparse_vector.md). */
export const SPARSE: CreateIndexParam = {
  index_type: 'SPARSE_INVERTED_INDEX',
  metric_type: 'IP',
  params: JSON.stringify({ drop_ratio_build: 0 }),
}

/** Of a digest of weights: 132 bits. */
export const DIGEST_LENGTH = 22

/** Sparse vectors, and searches by two fields, came with it. Milvus Lite says a version of its own. */
const SINCE = [2, 4] as const

/** Whether the server says that it is of a version that can look for words. */
export async function looksForWords(connection: Connection, options?: CallOptions): Promise<boolean> {
  const { version } = await connection.call((client) => client.getVersion(), options)
  const [, major, minor] = /(\d+)\.(\d+)/.exec(version) ?? []
  return Number(major) > SINCE[0] || (Number(major) === SINCE[0] && Number(minor) >= SINCE[1])
}

/** Terms as a row or a query holds them. */
export interface SparseVector {
  readonly indices: number[]
  readonly values: number[]
}

/** A row must hold something: what has no terms holds what no query asks for. */
const NOTHING: SparseVector = { indices: [0], values: [1] }

export const sparse = (terms: WeighedTerms | undefined): SparseVector =>
  terms === undefined || terms.ids.length === 0
    ? NOTHING
    : { indices: Array.from(terms.ids), values: Array.from(terms.weights) }

/** As it comes back from the server; absent: it has none. */
export const sparseOf = (stored: Readonly<Record<string, number>> | undefined): SparseVector =>
  stored === undefined ? NOTHING : { indices: Object.keys(stored).map(Number), values: Object.values(stored) }

/** What tells weights from others, to the last bit. */
export function digest({ indices, values }: SparseVector): string {
  const hash = createHash('sha256').update(Uint32Array.from(indices)).update(Float32Array.from(values))
  return hash.digest('base64url').slice(0, DIGEST_LENGTH)
}
