import { sql, type Kysely } from 'kysely'
import type { Logger } from '../core/ports/surroundings.ts'
import type { DialectTypes } from './dialect-types.ts'
import { DatabaseOpenError } from './errors.ts'
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
  const { error, results = [] } = await new Migrator({ db, provider }).migrateToLatest()
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

async function appliedMigrations(db: Kysely<unknown>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === 'kysely_migration')) return []
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  return rows.map((row) => row.name)
}
