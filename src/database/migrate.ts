import { setTimeout as sleep } from 'node:timers/promises'
import { sql, type Kysely } from 'kysely'
import type { Logger } from '../core/ports/surroundings.ts'
import type { DialectTypes } from './dialect-types.ts'
import { DatabaseOpenError, sqlState } from './errors.ts'
import { MIGRATIONS, type MigrateUp } from './migrations/index.ts'

interface MigrateOptions {
  readonly types: DialectTypes
  readonly logger: Logger
  /** How the message names the database: a path, or a host and a name. */
  readonly name: string
  readonly migrations?: Readonly<Record<string, MigrateUp>>
}

/**
 * Brings the tables to this version's form, each migration whole or not at all. On PostgreSQL a lock lets one
 * instance do it while the others wait.
 * @throws DatabaseOpenError when a newer version wrote the database: it is left untouched
 */
export async function migrate(db: Kysely<unknown>, options: MigrateOptions): Promise<void> {
  const { types, logger, name, migrations = MIGRATIONS } = options
  const applied = await appliedMigrations(db)
  const unknown = applied.find((migration) => !Object.hasOwn(migrations, migration))
  if (unknown !== undefined) {
    throw new DatabaseOpenError(
      `${name} was written by a newer version of Evident (its migration ${unknown} is unknown here): install that version or a later one, or restore a backup made before the update.`,
    )
  }
  if (applied.length === Object.keys(migrations).length) return

  // Imported only where there is something to do: a usual start does not pay for it.
  const { Migrator } = await import('kysely/migration')
  const provider = {
    getMigrations: () =>
      Promise.resolve(
        Object.fromEntries(
          Object.entries(migrations).map(([key, up]) => [key, { up: (target: Kysely<unknown>) => up(target, types) }]),
        ),
      ),
  }
  const { error, results = [] } = await untilUncrossed(() => new Migrator({ db, provider }).migrateToLatest(), logger)
  if (error !== undefined) {
    const failed = results.find((result) => result.status === 'Error')?.migrationName ?? 'the preparation'
    throw new DatabaseOpenError(
      `${name} could not be brought to this version's form (${failed} failed); it is unchanged.`,
      {
        cause: error,
      },
    )
  }
  if (results.length > 0) {
    logger.info({ migrations: results.map((result) => result.migrationName) }, 'Database migrated')
  }
}

/** Locks of what an older version is doing meanwhile may cross those of a migration, which is undone then. */
async function untilUncrossed<T extends { readonly error?: unknown }>(
  run: () => Promise<T>,
  logger: Logger,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    const outcome = await run()
    if (tries === MOST_TRIES || sqlState(outcome.error) !== DEADLOCK) return outcome
    logger.info({ tries }, 'The migration met with what another instance does, and is tried again')
    await sleep(Math.random() * LONGEST_PAUSE_MS)
  }
}

const DEADLOCK = '40P01'
/** PostgreSQL finds a deadlock after a second. */
const MOST_TRIES = 20
const LONGEST_PAUSE_MS = 500

async function appliedMigrations(db: Kysely<unknown>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === 'kysely_migration')) return []
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  return rows.map((row) => row.name)
}
