import { createHash } from 'node:crypto'
import type { DocumentAttributes, MetadataValue } from '../../../core/ports/search.ts'

/** Of each passage; its document's attributes stand in each of its rows. */
export const FIELDS = ['chunk', 'owner', 'document', 'created', 'facets', 'vector'] as const
/** Besides, where the server looks for words: their weights, and what tells these from others. */
export const FULL_TEXT_FIELDS = ['sparse', 'terms'] as const

/** What of a document's attributes a row holds. */
export interface StoredAttributes {
  /** Milliseconds since 1970; `UNKNOWN`: nothing was said of the document. */
  readonly created: number
  /** In order. */
  readonly facets: readonly string[]
}

/** Before all times that there are. */
export const UNKNOWN = Number.MIN_SAFE_INTEGER
export const UNDESCRIBED: StoredAttributes = { created: UNKNOWN, facets: [] }

/** Of a facet's hash, 132 bits: two that differ are not taken for one. */
export const FACET_LENGTH = 22
/** The server's own limit. */
export const MOST_FACETS = 4096

type Facet = readonly ['chat', string] | readonly ['type', string] | readonly ['metadata', string, MetadataValue]

/**
 * Chat, media type and pairs of metadata as words of one length, which a list of the row holds: 1, '1' and true are three,
 * no text needs quoting or bounding, and what people wrote into metadata is not stored a second time.
 */
export const facet = (...parts: Facet): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, FACET_LENGTH)

/** Of more pairs than a row can hold, the first by their key. */
export function storedAttributes({ chat, fileType, created, metadata }: DocumentAttributes): StoredAttributes {
  const pairs = Object.entries(metadata).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const facets = [
    ...(chat === null ? [] : [facet('chat', chat)]),
    ...(fileType === null ? [] : [facet('type', fileType)]),
    ...pairs.map(([key, value]) => facet('metadata', key, value)),
  ]
  return { created, facets: facets.slice(0, MOST_FACETS).sort() }
}

export const isSame = (a: StoredAttributes, b: StoredAttributes): boolean =>
  a.created === b.created && a.facets.length === b.facets.length && a.facets.every((one, i) => one === b.facets[i])
