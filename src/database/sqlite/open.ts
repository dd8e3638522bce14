import type { Database } from '../database.ts'
import { startChannel } from './channel.ts'
import type { SqliteOptions } from './connect.ts'

/**
 * Opens (or makes) the file and brings its tables to this version's form. One writer and one reader, each in
 * its own thread: these start while this one loads the query builder. Nothing keeps a second process out: the data
 * folder's lock does.
 * @throws DatabaseOpenError one line that says what to do
 */
export async function openSqlite(options: SqliteOptions): Promise<Database> {
  const { path, logger } = options
  const crashed = (error: Error): void => logger.error({ err: error }, 'A database thread stopped')
  const writer = startChannel({ path, role: 'writer' }, crashed)
  const reader = startChannel({ path, role: 'reader' }, crashed)
  const { connectSqlite } = await import('./connect.ts')
  return connectSqlite({ writer, reader }, options)
}
