import type { Kysely } from 'kysely'
import type { DialectTypes } from '../dialect-types.ts'

/** Messages, or entries of the history, in one go: some megabytes of JSON at most. */
const SLICE = 200

interface Tables {
  messages: { id: number; role: string; sources: string; citations: string; metadata: string }
  answer_events: { message_id: number; event: string; data: string }
  question_history: { id: number; details: string }
  message_documents: { document_id: string; message_id: number }
  history_documents: { document_id: string; entry_id: number }
}

/** Which answers name which documents, so that those of a document that is deleted are found by an index. */
export async function citedDocuments(db: Kysely<unknown>, types: DialectTypes): Promise<void> {
  const { text, integer } = types

  // The documents may be gone: answers may keep what they quoted.
  await db.schema
    .createTable('message_documents')
    .addColumn('document_id', text, (c) => c.notNull())
    .addColumn('message_id', integer, (c) => c.notNull().references('messages.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('message_documents_key', ['document_id', 'message_id'])
    .modifyEnd(types.tableEnd)
    .execute()
  await db.schema.createIndex('message_documents_of').on('message_documents').column('message_id').execute()

  await db.schema
    .createTable('history_documents')
    .addColumn('document_id', text, (c) => c.notNull())
    .addColumn('entry_id', integer, (c) => c.notNull().references('question_history.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('history_documents_key', ['document_id', 'entry_id'])
    .modifyEnd(types.tableEnd)
    .execute()
  await db.schema.createIndex('history_documents_of').on('history_documents').column('entry_id').execute()

  const tables = db as Kysely<Tables>
  await linkMessages(tables)
  await linkHistory(tables)
}

async function linkMessages(db: Kysely<Tables>): Promise<void> {
  for (let after = 0; ;) {
    const rows = await db
      .selectFrom('messages')
      .select(['id', 'sources', 'citations', 'metadata'])
      .where('role', '=', 'assistant')
      .where('id', '>', after)
      .orderBy('id')
      .limit(SLICE)
      .execute()
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.id
    const named = new Map(
      rows.map(({ id, sources, citations, metadata }) => [id, documentsIn([sources, citations, metadata])]),
    )
    const ids = [...named.keys()]
    // Of an answer that was interrupted only its stages name what it was being drawn from.
    const events = await db
      .selectFrom('answer_events')
      .select(['message_id', 'data'])
      .where('message_id', 'in', ids)
      .where('event', '=', 'meta')
      .execute()
    for (const { message_id, data } of events) {
      for (const document of documentsIn([data])) named.get(message_id)?.add(document)
    }
    const links = ids.flatMap((id) =>
      Array.from(named.get(id) ?? [], (document) => ({ document_id: document, message_id: id })),
    )
    for (const some of slices(links)) await db.insertInto('message_documents').values(some).execute()
  }
}

async function linkHistory(db: Kysely<Tables>): Promise<void> {
  for (let after = 0; ;) {
    const rows = await db
      .selectFrom('question_history')
      .select(['id', 'details'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(SLICE)
      .execute()
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.id
    const links = rows.flatMap(({ id, details }) =>
      Array.from(documentsIn([details]), (document) => ({ document_id: document, entry_id: id })),
    )
    for (const some of slices(links)) await db.insertInto('history_documents').values(some).execute()
  }
}

const slices = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / SLICE) }, (_, i) => items.slice(i * SLICE, (i + 1) * SLICE))

/** Citations name their document as `doc_id`, sources as a textual `id`. */
function documentsIn(texts: readonly string[]): Set<string> {
  const found = new Set<string>()
  for (const text of texts) {
    JSON.parse(text, (key, value: unknown) => {
      if ((key === 'doc_id' || key === 'id') && typeof value === 'string') found.add(value)
      return value
    })
  }
  return found
}
