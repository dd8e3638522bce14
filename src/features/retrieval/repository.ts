import type { Selectable } from 'kysely'
import type { ChunkId, DocumentId, UserId } from '../../core/ids.ts'
import type { DocumentAttributes, Scope } from '../../core/ports/search.ts'
import type { Reader } from '../../database/database.ts'
import { floats } from '../../database/floats.ts'
import type { DocumentsTable } from '../../database/schema/documents.ts'
import { withoutIndex } from '../../database/without-index.ts'
import { attributesOf } from './attributes.ts'

/** Where a passage stands in its document. */
export interface Position {
  readonly documentId: DocumentId
  readonly version: number
  readonly ordinal: number
}

export interface StoredPassage extends Position {
  readonly chunkId: ChunkId
  readonly start: number
  readonly end: number
  readonly page: number | null
  /** Of the page of the web that it is of. */
  readonly url?: string | undefined
  readonly headings: readonly string[]
  readonly context: string
  readonly text: string
  readonly title: string
  readonly language: string | null
  readonly document: DocumentSummary
}

/** What a page of results says of a passage's document. */
export interface DocumentSummary {
  readonly summary: string
  /** JSON of an object. */
  readonly metadata: string
  readonly createdAt: string
  readonly contentLength: number
  readonly chunkCount: number
}

/**
 * The texts of those of the passages that are the owner's and of a document's current version. What the index found is
 * read through this before it leaves: a late index can never show what is deleted or another's.
 */
export async function passages(
  read: Reader,
  owner: UserId,
  chunks: readonly ChunkId[],
): Promise<Map<ChunkId, StoredPassage>> {
  if (chunks.length === 0) return new Map()
  const rows = await storedPassages(read, owner).where('chunks.id', 'in', chunks).execute()
  return new Map(rows.map((row) => [row.id, passageOf(row)]))
}

/** The passages at these places, with the same conditions. */
export async function passagesAt(
  read: Reader,
  owner: UserId,
  positions: readonly Position[],
): Promise<StoredPassage[]> {
  if (positions.length === 0) return []
  const rows = await storedPassages(read, owner)
    .where((eb) =>
      eb.or(
        positions.map(({ documentId, version, ordinal }) =>
          eb.and([
            eb('chunks.document_id', '=', documentId),
            eb('chunks.version', '=', version),
            eb('chunks.ordinal', '=', ordinal),
          ]),
        ),
      ),
    )
    .execute()
  return rows.map(passageOf)
}

const storedPassages = (read: Reader, owner: UserId) =>
  read
    .selectFrom('chunks')
    .innerJoin('documents', (join) =>
      join.onRef('documents.id', '=', 'chunks.document_id').onRef('documents.current_version', '=', 'chunks.version'),
    )
    .select([
      'chunks.id',
      'chunks.document_id',
      'chunks.version',
      'chunks.ordinal',
      'chunks.start_char',
      'chunks.end_char',
      'chunks.page',
      'chunks.headings',
      'chunks.context',
      'chunks.text',
      'documents.title',
      'documents.language',
      'documents.summary',
      'documents.metadata',
      'documents.created_at',
      'documents.content_length',
      'documents.chunk_count',
      'documents.web',
      'documents.status',
    ])
    .where('documents.owner_id', '=', owner)

type PassageRow = Awaited<ReturnType<ReturnType<typeof storedPassages>['execute']>>[number]

const passageOf = (row: PassageRow): StoredPassage => ({
  chunkId: row.id,
  documentId: row.document_id,
  version: row.version,
  ordinal: row.ordinal,
  start: row.start_char,
  end: row.end_char,
  page: row.page,
  url: row.web === null ? undefined : urlOf(row.web, row.status, row.page),
  headings: JSON.parse(row.headings) as string[],
  context: row.context,
  text: row.text,
  title: row.title,
  language: row.language,
  document: {
    summary: row.summary,
    metadata: row.metadata,
    createdAt: row.created_at,
    contentLength: row.content_length,
    chunkCount: row.chunk_count,
  },
})

/** What of `documents.web` says where its pages are. */
interface Origin {
  readonly url?: string
  /** Of a document of several. */
  readonly pages?: readonly { readonly page: number; readonly url: string }[]
}

/** While a site is read anew its pages are in another order than the passages that are there: then it is the site's address. */
function urlOf(web: string, status: string, page: number | null): string | undefined {
  const { url, pages } = JSON.parse(web) as Origin
  const own = status === 'processed' ? pages?.find((one) => one.page === page) : undefined
  return own?.url ?? url
}

/** Passages of the current version of a document of the owner, in reading order, from `ordinal` on. */
export async function passagesFrom(
  read: Reader,
  owner: UserId,
  document: DocumentId,
  ordinal: number,
  limit: number,
): Promise<StoredPassage[]> {
  const rows = await storedPassages(read, owner)
    .where('chunks.document_id', '=', document)
    .where('chunks.ordinal', '>=', ordinal)
    .orderBy('chunks.ordinal')
    .limit(limit)
    .execute()
  return rows.map(passageOf)
}

/** Documents of the owner with text, of these ids where there are any, newest first. */
export async function readableDocuments(
  read: Reader,
  { owner, documents }: Pick<Scope, 'owner' | 'documents'>,
  limit: number,
) {
  const rows = await read
    .selectFrom('documents')
    .select(['id', 'title', 'chunk_count', 'created_at', 'chat_id', 'media_type', 'metadata'])
    .$if(documents === undefined, (query) => query.where('owner_id', '=', owner))
    .$if(documents !== undefined, (query) =>
      query.where('id', 'in', documents ?? []).where(withoutIndex<UserId>('owner_id'), '=', owner),
    )
    .where('searchable', '!=', 'no')
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    documentId: row.id,
    title: row.title,
    passages: row.chunk_count,
    createdAt: row.created_at,
    attributes: attributesOf(row),
  }))
}

/** The documents that were added in this chat. */
export async function documentsOfChat(read: Reader, owner: UserId, chat: string): Promise<Set<DocumentId>> {
  const documents = await read
    .selectFrom('documents')
    .select('id')
    .where(withoutIndex<UserId>('owner_id'), '=', owner)
    .where('chat_id', '=', chat)
    .execute()
  return new Set(documents.map(({ id }) => id))
}

/** Those of the ids that are documents of the owner. */
export async function ownedDocuments(
  read: Reader,
  owner: UserId,
  ids: readonly DocumentId[],
): Promise<Set<DocumentId>> {
  if (ids.length === 0) return new Set()
  const rows = await read
    .selectFrom('documents')
    .select('id')
    .where('id', 'in', ids)
    .where(withoutIndex<UserId>('owner_id'), '=', owner)
    .execute()
  return new Set(rows.map((row) => row.id))
}

export interface DocumentState {
  readonly owner: UserId
  readonly document: DocumentId
  readonly version: number
  readonly title: string
  readonly searchable: 'no' | 'words' | 'full'
  readonly attributes: DocumentAttributes
}

const STATE_COLUMNS = [
  'id',
  'owner_id',
  'current_version',
  'title',
  'searchable',
  'chat_id',
  'media_type',
  'created_at',
  'metadata',
] as const

const stateOf = (row: Pick<Selectable<DocumentsTable>, (typeof STATE_COLUMNS)[number]>): DocumentState => ({
  owner: row.owner_id,
  document: row.id,
  version: row.current_version,
  title: row.title,
  searchable: row.searchable,
  attributes: attributesOf(row),
})

/** What there is of these documents now; those that are gone are missing. */
export async function documentStates(
  read: Reader,
  ids: readonly DocumentId[],
): Promise<Map<DocumentId, DocumentState>> {
  if (ids.length === 0) return new Map()
  const rows = await read.selectFrom('documents').select(STATE_COLUMNS).where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id, stateOf(row)]))
}

/** The next documents by id, for reading everything at start. */
export async function documentsAfter(read: Reader, after: string, limit: number): Promise<DocumentState[]> {
  const rows = await read
    .selectFrom('documents')
    .select(STATE_COLUMNS)
    .where('id', '>', after as DocumentId)
    .where('searchable', '!=', 'no')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(stateOf)
}

export interface IndexRow {
  readonly document: DocumentId
  readonly chunk: ChunkId
  readonly context: string
  readonly text: string
  readonly vector: Float32Array | undefined
}

/** Passages of the current versions of these documents, with their vectors of `model` where there are any. */
export async function indexRows(read: Reader, documents: readonly DocumentId[], model: string): Promise<IndexRow[]> {
  if (documents.length === 0) return []
  const rows = await read
    .selectFrom('chunks')
    .innerJoin('documents', (join) =>
      join.onRef('documents.id', '=', 'chunks.document_id').onRef('documents.current_version', '=', 'chunks.version'),
    )
    .leftJoin('vectors', (join) => join.onRef('vectors.chunk_id', '=', 'chunks.id').on('vectors.model', '=', model))
    .select(['chunks.document_id', 'chunks.id', 'chunks.context', 'chunks.text', 'vectors.vector'])
    .where('chunks.document_id', 'in', documents)
    .orderBy('chunks.document_id')
    .orderBy('chunks.ordinal')
    .execute()
  return rows.map((row) => ({
    document: row.document_id,
    chunk: row.id,
    context: row.context,
    text: row.text,
    vector: row.vector === null ? undefined : floats(row.vector),
  }))
}
