import type { ChunkId, DocumentId } from '../../../core/ids.ts'
import type { Scope } from '../../../core/ports/search.ts'
import { facet, UNKNOWN } from './fields.ts'

/** Milvus's boolean expressions, milvus.io/docs/boolean.md. Its texts are quoted and escaped as JSON's are. */
const text = JSON.stringify
const list = (values: readonly (string | number)[]): string =>
  `[${values.map((value) => (typeof value === 'string' ? text(value) : value)).join(',')}]`

export const inChunks = (chunks: readonly ChunkId[]): string => `chunk in ${list(chunks)}`

/** Of whatever owner. */
export const inDocuments = (documents: readonly DocumentId[]): string => `document in ${list(documents)}`
export const inRange = (from: number, below = Infinity): string =>
  below === Infinity ? `chunk >= ${from}` : `chunk >= ${from} and chunk < ${below}`

/** undefined: there is nothing in it. */
export function inScope({ owner, documents, filter = {} }: Scope): string | undefined {
  const { chats, fileTypes, createdFrom, createdBefore, metadata = {} } = filter
  if ([documents, chats, fileTypes].some((some) => some?.length === 0)) return undefined
  const pairs = Object.entries(metadata).map(([key, value]) => facet('metadata', key, value))
  const conditions = [
    `owner == ${text(owner)}`,
    documents && `document in ${list(documents)}`,
    chats && `array_contains_any(facets, ${list(chats.map((chat) => facet('chat', chat)))})`,
    fileTypes && `array_contains_any(facets, ${list(fileTypes.map((type) => facet('type', type)))})`,
    createdFrom === undefined ? undefined : `created >= ${Math.ceil(createdFrom)}`,
    createdBefore === undefined ? undefined : `created < ${Math.ceil(createdBefore)}`,
    createdFrom === undefined && createdBefore === undefined ? undefined : `created > ${UNKNOWN}`,
    pairs.length === 0 ? undefined : `array_contains_all(facets, ${list(pairs)})`,
  ]
  return conditions.filter((condition) => condition !== undefined).join(' and ')
}
