import type { Kysely } from 'kysely'
import type { DialectTypes } from '../dialect-types.ts'

/** Accounts with their tokens and settings, and the record of what was done with them. */
export async function accounts(db: Kysely<unknown>, types: DialectTypes): Promise<void> {
  const { text, integer, bytes } = types

  const account = db.schema.alterTable('users')
  await account.addColumn('description', text, (c) => c.notNull().defaultTo('')).execute()
  await account.addColumn('password_hash', text).execute()
  await account.addColumn('google_subject', text).execute()
  await account.addColumn('disabled', integer, (c) => c.notNull().defaultTo(0)).execute()
  await account.addColumn('token_generation', integer, (c) => c.notNull().defaultTo(0)).execute()
  await account.addColumn('preferences', text, (c) => c.notNull().defaultTo('{}')).execute()
  await account.addColumn('picture', text).execute()
  await db.schema.createIndex('users_google').unique().on('users').column('google_subject').execute()

  await db.schema
    .createTable('avatars')
    .addColumn('id', text, (c) => c.primaryKey().notNull())
    .addColumn('user_id', text, (c) => c.notNull().unique().references('users.id').onDelete('cascade'))
    .addColumn('media_type', text, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('bytes', bytes, (c) => c.notNull())
    .modifyEnd(types.tableEnd)
    .execute()

  await db.schema
    .createTable('revoked_sessions')
    .addColumn('id', text, (c) => c.primaryKey().notNull())
    .addColumn('user_id', text, (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('expires_at', text, (c) => c.notNull())
    .modifyEnd(types.tableEnd)
    .execute()
  await db.schema.createIndex('revoked_sessions_expiry').on('revoked_sessions').column('expires_at').execute()

  await db.schema
    .createTable('api_tokens')
    .addColumn('id', text, (c) => c.primaryKey().notNull())
    .addColumn('user_id', text, (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('name', text, (c) => c.notNull())
    .addColumn('secret_sha256', text, (c) => c.notNull().unique())
    .addColumn('hint', text, (c) => c.notNull())
    .addColumn('scope', text, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('expires_at', text)
    .addColumn('last_used_at', text)
    .modifyEnd(types.tableEnd)
    .execute()
  await db.schema.createIndex('api_tokens_of_user').on('api_tokens').column('user_id').execute()

  await db.schema
    .createTable('user_settings')
    .addColumn('user_id', text, (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('name', text, (c) => c.notNull())
    .addColumn('value', text, (c) => c.notNull())
    .addColumn('updated_at', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('user_settings_key', ['user_id', 'name'])
    .modifyEnd(types.tableEnd)
    .execute()

  // Outlives the accounts that it names.
  await db.schema
    .createTable('audit_log')
    .addColumn('id', integer, types.identity)
    .addColumn('at', text, (c) => c.notNull())
    .addColumn('actor_id', text)
    .addColumn('action', text, (c) => c.notNull())
    .addColumn('target', text)
    .addColumn('outcome', text, (c) => c.notNull())
    .addColumn('address', text)
    .addColumn('request_id', text)
    .modifyEnd(types.tableEnd)
    .execute()
  await db.schema.createIndex('audit_log_at').on('audit_log').columns(['at', 'id']).execute()

  await db.schema
    .createTable('statistics_snapshots')
    .addColumn('at', text, (c) => c.primaryKey().notNull())
    .addColumn('totals', text, (c) => c.notNull())
    .modifyEnd(types.tableEnd)
    .execute()
}
