import { sql, type Kysely } from 'kysely'
import type { DialectTypes } from '../dialect-types.ts'

/** Chats, their messages, the events of each answer as they were sent, and every question that a person asked. */
export async function chats(db: Kysely<unknown>, types: DialectTypes): Promise<void> {
  const { text, integer } = types

  await db.schema
    .createTable('chats')
    .addColumn('id', text, (c) => c.primaryKey().notNull())
    .addColumn('user_id', text, (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('title', text, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('updated_at', text, (c) => c.notNull())
    .modifyEnd(types.tableEnd)
    .execute()
  // Read backwards: newest first.
  await db.schema.createIndex('chats_of_user').on('chats').columns(['user_id', 'updated_at', 'id']).execute()

  await db.schema
    .createTable('messages')
    .addColumn('id', integer, types.identity)
    .addColumn('chat_id', text, (c) => c.notNull().references('chats.id').onDelete('cascade'))
    .addColumn('role', text, (c) => c.notNull())
    .addColumn('state', text, (c) => c.notNull())
    .addColumn('reply_to', integer)
    .addColumn('model_used', text)
    .addColumn('tokens_used', integer, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('metadata', text, (c) => c.notNull())
    .addColumn('sources', text, (c) => c.notNull())
    .addColumn('citations', text, (c) => c.notNull())
    .addColumn('content', text, (c) => c.notNull())
    .modifyEnd(types.tableEnd)
    .execute()
  await db.schema.createIndex('messages_of_chat').on('messages').columns(['chat_id', 'id']).execute()
  // One answer at a time is made in a chat, whoever asks and on whichever instance.
  await db.schema
    .createIndex('messages_one_generating')
    .unique()
    .on('messages')
    .column('chat_id')
    .where(sql.ref('state'), '=', 'generating')
    .execute()

  await db.schema
    .createTable('answer_events')
    .addColumn('message_id', integer, (c) => c.notNull().references('messages.id').onDelete('cascade'))
    .addColumn('seq', integer, (c) => c.notNull())
    .addColumn('event', text, (c) => c.notNull())
    .addColumn('data', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('answer_events_key', ['message_id', 'seq'])
    .modifyEnd(types.tableEnd)
    .execute()

  await db.schema
    .createTable('question_history')
    .addColumn('id', integer, types.identity)
    .addColumn('user_id', text, (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('chat_id', text)
    .addColumn('session_id', text)
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('question', text, (c) => c.notNull())
    .addColumn('answer', text, (c) => c.notNull())
    .addColumn('details', text, (c) => c.notNull())
    .modifyEnd(types.tableEnd)
    .execute()
  await db.schema.createIndex('question_history_of_user').on('question_history').columns(['user_id', 'id']).execute()
}
