import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Kysely, sql } from 'kysely'
import type { Logger } from '../../core/ports/surroundings.ts'
import type { Database } from '../database.ts'
import { SQLITE_TYPES } from '../dialect-types.ts'
import { DatabaseOpenError, SqliteError } from '../errors.ts'
import { migrate } from '../migrate.ts'
import type { MigrateUp } from '../migrations/index.ts'
import type { Schema } from '../schema.ts'
import type { Channel } from './channel.ts'
import { readerDialect, transactionOver, writerDialect } from './dialect.ts'
import { createErasure, type ErasureOptions } from './erasure.ts'
import { createGroupCommit, type GroupCommitOptions } from './group-commit.ts'
import { RESULT } from './messages.ts'

export interface SqliteOptions extends Pick<GroupCommitOptions, 'maxIdleMs'>, ErasureOptions {
  /** The database file; its folder is made where it is missing. */
  readonly path: string
  /** Whether other processes may write to the file; absent: none does. */
  readonly shared?: boolean
  readonly logger: Logger
  /** Other than the shipped ones only in tests. */
  readonly migrations?: Readonly<Record<string, MigrateUp>>
}

/** The two connections of a store, each in its own thread. */
export interface Channels {
  readonly writer: Channel
  readonly reader: Channel
}

/** Opens the file in both threads, and brings its tables to this version's form. @throws DatabaseOpenError */
export async function connectSqlite(
  { writer: writerChannel, reader: readerChannel }: Channels,
  options: SqliteOptions,
): Promise<Database> {
  const { path } = options
  const erasure = createErasure(() => commits.apart('pragma wal_checkpoint(truncate)'), options)
  const commits = createGroupCommit(writerChannel, { ...options, onErased: erasure.due })
  const writer = new Kysely<Schema>({ dialect: writerDialect(writerChannel, commits) })
  const read = new Kysely<Schema>({ dialect: readerDialect(readerChannel) })

  try {
    await mkdir(dirname(path), { recursive: true })
    await writerChannel.open()
    await refuseForeignFile(writerChannel, path)
    await migrate(writer as unknown as Kysely<unknown>, { ...options, types: SQLITE_TYPES, name: path })
    await readerChannel.open()
  } catch (error) {
    await Promise.all([writerChannel.close(), readerChannel.close()])
    throw openError(error, path)
  }

  let closing: Promise<void> | undefined
  let writes = 0
  return {
    dialect: 'sqlite',
    read,
    async write(work) {
      const unit = await commits.begin()
      try {
        const result = await work(transactionOver(writer, unit))
        await unit.commit()
        return result
      } catch (error) {
        await unit.rollback()
        throw error
      } finally {
        writes++
      }
    },
    apart: undefined,
    signals: undefined,
    writes: options.shared === true ? undefined : () => writes,
    async ping() {
      await sql`select 1`.execute(read)
    },
    close() {
      closing ??= (async () => {
        await erasure.close()
        await commits.close()
        // The reader first: the log can only be emptied when nobody reads from it.
        await readerChannel.close()
        await writerChannel.close()
      })()
      return closing
    },
  }
}

/** Another program's database is not ours to write to. */
async function refuseForeignFile(channel: Channel, path: string): Promise<void> {
  const { rows } = await channel.run(`select name from sqlite_schema where type = 'table'`, [], false)
  const names = (rows as { name: string }[]).map((row) => row.name)
  if (names.length === 0 || names.includes('kysely_migration')) return
  throw new DatabaseOpenError(
    `${path} is the database of another program (it has a table "${names[0]}"): name another file in SQLITE_DB_PATH.`,
  )
}

function openError(error: unknown, path: string): unknown {
  const reason = error instanceof DatabaseOpenError ? error.cause : error
  const code = reason instanceof SqliteError ? reason.resultCode : undefined
  const advice = code === undefined ? fileAdvice(error) : ADVICE[code & 0xff]
  return advice === undefined ? error : new DatabaseOpenError(`${path} ${advice}`, { cause: error })
}

const NO_ACCESS = 'cannot be opened: check that the folder exists and that this user may write to it.'

const ADVICE: Readonly<Record<number, string>> = {
  [RESULT.notADatabase]: 'is not an SQLite database: move that file away, or name another one in SQLITE_DB_PATH.',
  [RESULT.corrupt]: 'is damaged: restore it from a backup, or move it away to start with an empty one.',
  [RESULT.busy]: 'is in use by another program: stop that one first.',
  [RESULT.readOnly]: 'cannot be written to: check the permissions of the file and of its folder.',
  [RESULT.ioError]: 'cannot be read or written: check the disk that holds it.',
  [RESULT.cannotOpen]: NO_ACCESS,
}

function fileAdvice(error: unknown): string | undefined {
  return error instanceof Error && 'syscall' in error ? NO_ACCESS : undefined
}
