import type { DocumentId, UserId } from '../../core/ids.ts'
import type { Reader } from '../../database/database.ts'
import type { DocumentRow } from './repository.ts'

/** What there is to send of a document. Both null: it has no bytes of its own, and nothing has been read of it. */
export interface WithFile {
  readonly document: DocumentRow
  readonly bytes: Uint8Array | null
  /** Null where there are bytes. */
  readonly content: string | null
}

/** In one statement: bytes that others are put in the place of meanwhile are gone when they are asked for by their name. */
export async function findWithFile(read: Reader, owner: UserId, id: DocumentId): Promise<WithFile | undefined> {
  const row = await read
    .selectFrom('documents')
    .leftJoin('blobs', 'blobs.sha256', 'documents.blob_sha256')
    .leftJoin('versions', (join) =>
      join
        .onRef('versions.document_id', '=', 'documents.id')
        .onRef('versions.version', '=', 'documents.current_version')
        .on('documents.blob_sha256', 'is', null),
    )
    .selectAll('documents')
    .select(['blobs.bytes', 'versions.content'])
    .where('documents.owner_id', '=', owner)
    .where('documents.id', '=', id)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { bytes, content, ...document } = row
  return { document, bytes, content }
}
