import type { CreateIndexParam } from '@zilliz/milvus2-sdk-node'
import type { CallOptions } from '../../../core/ports/surroundings.ts'
import type { Connection } from './connection.ts'

/** Of a text field: the server's own limit. */
export const MOST_TERM_BYTES = 65_535
/** Of a term that is written in hexadecimal digits. */
const MOST_ENCODED_BYTES = 32
const PLAIN = /^[a-z0-9]+$/

/** With the parameters that the word index has: BM25_K1 and BM25_B. */
export const BM25: CreateIndexParam = {
  index_type: 'SPARSE_INVERTED_INDEX',
  metric_type: 'BM25',
  params: JSON.stringify({ bm25_k1: 0.9, bm25_b: 0.4 }),
}

/** Since 2.5 (milvus.io/docs/full-text-search.md), and in Milvus Lite, which says its own version. */
const SINCE = [2, 5] as const

/** Whether the server says that it is of a version with full text. */
export async function hasFullText(connection: Connection, options?: CallOptions): Promise<boolean> {
  const { version } = await connection.call((client) => client.getVersion(), options)
  const [, major, minor] = /(\d+)\.(\d+)/.exec(version) ?? []
  return Number(major) > SINCE[0] || (Number(major) === SINCE[0] && Number(minor) >= SINCE[1])
}

/**
 * Terms as words that every tokenizer of Milvus leaves whole: those of other characters than small letters and digits, which
 * it would split, in hexadecimal digits. What is too long for a field is left out.
 */
export function encoded(terms: readonly string[]): string {
  const words: string[] = []
  let bytes = 0
  for (const term of terms) {
    const word = PLAIN.test(term) ? term : `x${Buffer.from(term).subarray(0, MOST_ENCODED_BYTES).toString('hex')}`
    bytes += word.length + 1
    if (bytes > MOST_TERM_BYTES) break
    words.push(word)
  }
  return words.join(' ')
}

/** Of a row. */
export const encodedText = (terms: string | undefined): string =>
  encoded((terms ?? '').split(' ').filter((term) => term !== ''))
