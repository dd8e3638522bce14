import { sql, type Kysely } from 'kysely'
import type { DialectTypes } from '../dialect-types.ts'

/** Owners, the bytes as received, documents with their immutable versions, passages and vectors. */
export async function documents(db: Kysely<unknown>, types: DialectTypes): Promise<void> {
  const { text, integer, bytes } = types

  await db.schema
    .createTable('users')
    .addColumn('id', text, (c) => c.primaryKey().notNull())
    .addColumn('name', text, (c) => c.notNull())
    .addColumn('email', text, (c) => c.unique())
    .addColumn('role', text, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('last_active', text, (c) => c.notNull())
    .modifyEnd(types.tableEnd)
    .execute()

  await db.schema
    .createTable('blobs')
    .addColumn('sha256', text, (c) => c.primaryKey().notNull())
    .addColumn('size', integer, (c) => c.notNull())
    // Last, so that reading the other columns of a large row does not walk over its bytes.
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('bytes', bytes, (c) => c.notNull())
    .modifyEnd(types.tableEnd)
    .execute()

  await db.schema
    .createTable('documents')
    .addColumn('id', text, (c) => c.primaryKey().notNull())
    .addColumn('owner_id', text, (c) => c.notNull().references('users.id'))
    .addColumn('title', text, (c) => c.notNull())
    .addColumn('title_given', integer, (c) => c.notNull())
    .addColumn('summary', text, (c) => c.notNull())
    .addColumn('metadata', text, (c) => c.notNull())
    .addColumn('chat_id', text)
    .addColumn('source', text, (c) => c.notNull())
    .addColumn('filename', text)
    .addColumn('media_type', text)
    .addColumn('size', integer, (c) => c.notNull())
    .addColumn('upload_sha256', text)
    .addColumn('blob_sha256', text, (c) => c.references('blobs.sha256'))
    .addColumn('current_version', integer, (c) => c.notNull())
    .addColumn('status', text, (c) => c.notNull())
    .addColumn('searchable', text, (c) => c.notNull())
    .addColumn('error_code', text)
    .addColumn('error_detail', text)
    .addColumn('language', text)
    .addColumn('chunk_count', integer, (c) => c.notNull())
    .addColumn('content_length', integer, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('updated_at', text, (c) => c.notNull())
    .modifyEnd(types.tableEnd)
    .execute()
  // Read backwards: newest first.
  await db.schema.createIndex('documents_of_owner').on('documents').columns(['owner_id', 'created_at', 'id']).execute()
  await db.schema
    .createIndex('documents_upload')
    .unique()
    .on('documents')
    .columns(['owner_id', 'upload_sha256'])
    .execute()
  await db.schema.createIndex('documents_of_blob').on('documents').column('blob_sha256').execute()
  await db.schema.createIndex('documents_of_chat').on('documents').column('chat_id').execute()

  await db.schema
    .createTable('versions')
    .addColumn('document_id', text, (c) => c.notNull().references('documents.id').onDelete('cascade'))
    .addColumn('version', integer, (c) => c.notNull())
    .addColumn('parser', text, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('properties', text, (c) => c.notNull())
    .addColumn('warnings', text, (c) => c.notNull())
    .addColumn('blocks', text, (c) => c.notNull())
    .addColumn('content', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('versions_key', ['document_id', 'version'])
    .modifyEnd(types.tableEnd)
    .execute()

  await db.schema
    .createTable('chunks')
    .addColumn('id', integer, types.identity)
    .addColumn('document_id', text, (c) => c.notNull().references('documents.id').onDelete('cascade'))
    .addColumn('version', integer, (c) => c.notNull())
    .addColumn('ordinal', integer, (c) => c.notNull())
    .addColumn('owner_id', text, (c) => c.notNull())
    .addColumn('start_char', integer, (c) => c.notNull())
    .addColumn('end_char', integer, (c) => c.notNull())
    .addColumn('page', integer)
    .addColumn('headings', text, (c) => c.notNull())
    .addColumn('context', text, (c) => c.notNull())
    .addColumn('text', text, (c) => c.notNull())
    .addColumn('tokens', integer, (c) => c.notNull())
    .modifyEnd(types.tableEnd)
    .execute()
  await db.schema
    .createIndex('chunks_of_document')
    .unique()
    .on('chunks')
    .columns(['document_id', 'version', 'ordinal'])
    .execute()

  await db.schema
    .createTable('vectors')
    .addColumn('chunk_id', integer, (c) => c.notNull().references('chunks.id').onDelete('cascade'))
    .addColumn('model', text, (c) => c.notNull())
    .addColumn('document_id', text, (c) => c.notNull().references('documents.id').onDelete('cascade'))
    .addColumn('vector', bytes, (c) => c.notNull())
    .addPrimaryKeyConstraint('vectors_key', ['chunk_id', 'model'])
    .modifyEnd(types.tableEnd)
    .execute()
  await db.schema.createIndex('vectors_of_document').on('vectors').columns(['document_id', 'model']).execute()

  const now = new Date().toISOString()
  await sql`insert into users (id, name, email, role, created_at, last_active)
    values ('local', 'Local administrator', null, 'admin', ${now}, ${now})`.execute(db)
}
