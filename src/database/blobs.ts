import { sql } from 'kysely'
import type { Database, Reader, Tx } from './database.ts'

/** Original bytes by SHA-256 (hex), kept once however many documents hold them. */

/**
 * Until the transaction ends, no other one stores or removes a document with these bytes: between a look at who
 * holds them and what follows from it, that may not change. Take it before the documents' own rows.
 */
export async function lockBlob(tx: Tx, dialect: Database['dialect'], sha256: string): Promise<void> {
  // SQLite has one writer, so nothing comes between there.
  if (dialect === 'postgres') await sql`select pg_advisory_xact_lock(hashtextextended(${sha256}, 0))`.execute(tx)
}

/** Stores the bytes unless they are there. */
export async function storeBlob(tx: Tx, sha256: string, bytes: Uint8Array, now: string): Promise<void> {
  await tx
    .insertInto('blobs')
    .values({ sha256, size: bytes.byteLength, bytes, created_at: now })
    .onConflict((conflict) => conflict.column('sha256').doNothing())
    .execute()
}

/** Removes the bytes unless a document or a page of one holds them. */
export async function removeUnusedBlob(tx: Tx, sha256: string): Promise<void> {
  await tx
    .deleteFrom('blobs')
    .where('sha256', '=', sha256)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('documents').select('id').where('blob_sha256', '=', sha256))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('web_pages').select('url').where('blob_sha256', '=', sha256))),
    )
    .execute()
}

export async function blobBytes(read: Reader, sha256: string): Promise<Uint8Array | undefined> {
  const row = await read.selectFrom('blobs').select('bytes').where('sha256', '=', sha256).executeTakeFirst()
  return row?.bytes
}
