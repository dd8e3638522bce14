import type { DocumentId, UserId } from '../../core/ids.ts'
import type { DocumentAttributes, DocumentFilter, Scope } from '../../core/ports/search.ts'
import type { Database } from '../../database/database.ts'
import { refuseForeign } from './owned-scope.ts'
import type { RankedPassage } from './ranked-passage.ts'
import * as repository from './repository.ts'

export interface ListedDocument {
  readonly documentId: DocumentId
  readonly title: string
  readonly passages: number
  /** ISO 8601. */
  readonly createdAt: string
}

/** Rows that are looked at for those that a filter lets through: a list is for looking around, not for finding. */
const MOST_LOOKED_AT = 2000
const UNSCORED = { cosine: Number.NaN, bm25: 0, fused: 0, relevance: 0, keyword: 0, duplicates: [] } as const

/** Documents to look around in and to read on in, beside what a search finds of them. */
export function createLibrary({ database }: { readonly database: Database }) {
  /**
   * The documents of the scope that can be read, newest first; `more`: there are others. @throws AppError `not_found` for ids
   * that are not the owner's
   */
  async function list(scope: Scope, limit: number): Promise<{ documents: ListedDocument[]; more: boolean }> {
    if (scope.documents?.length === 0) return { documents: [], more: false }
    await refuseForeign(database.read, scope)
    const rows = await repository.readableDocuments(database.read, scope, MOST_LOOKED_AT)
    const { filter } = scope
    const wanted = filter === undefined ? rows : rows.filter(({ attributes }) => meets(filter, attributes))
    const documents = wanted.slice(0, limit).map(({ documentId, title, passages, createdAt }): ListedDocument => {
      return { documentId, title, passages, createdAt }
    })
    return { documents, more: wanted.length > limit || rows.length === MOST_LOOKED_AT }
  }

  /** Up to `count` passages of the owner's document from the one at `ordinal` on, in reading order. They have no scores. */
  async function read(
    owner: UserId,
    document: DocumentId,
    ordinal: number,
    count: number,
  ): Promise<{ passages: RankedPassage[]; total: number }> {
    const stored = await repository.passagesFrom(database.read, owner, document, ordinal, count)
    return {
      passages: stored.map((passage) => ({ ...passage, ...UNSCORED })),
      total: stored[0]?.document.chunkCount ?? 0,
    }
  }

  return { list, read }
}

/** Whether a document is as the filter says: of each condition one value is enough. */
function meets(filter: DocumentFilter, attributes: DocumentAttributes): boolean {
  const { chats, fileTypes, createdFrom = -Infinity, createdBefore = Infinity, metadata = {} } = filter
  return (
    (chats === undefined || (attributes.chat !== null && chats.includes(attributes.chat))) &&
    (fileTypes === undefined || (attributes.fileType !== null && fileTypes.includes(attributes.fileType))) &&
    attributes.created >= createdFrom &&
    attributes.created < createdBefore &&
    Object.entries(metadata).every(([key, value]) => attributes.metadata[key] === value)
  )
}
