import { z } from 'zod'
import type { Database } from '../../database/database.ts'
import type { App } from '../../http/app.ts'
import * as repository from './repository.ts'

const column = z.object({ name: z.string(), type: z.string(), nullable: z.boolean() })

const sqlite = z.object({
  db_path_env: z.string().nullable(),
  database_list: z.array(z.object({ seq: z.number().int(), name: z.string(), file: z.string() })),
  pragma: z.record(z.string(), z.union([z.string(), z.number()])),
  tables: z.array(z.object({ name: z.string(), columns: z.array(column) })),
  migrations: z.array(z.object({ name: z.string(), at: z.string() })),
  error: z.string().optional(),
})

export interface DebugRoutesDeps {
  readonly database: Database
  /** Of the SQLite file; null with PostgreSQL, whose address may hold a password. */
  readonly path: string | null
}

export function debugRoutes(app: App, { database, path }: DebugRoutesDeps): void {
  const tags = ['Diagnostics']
  const paths = new Set<string>()
  app.addHook('onRoute', ({ url }) => void paths.add(url))

  app.get(
    '/__debug/sqlite',
    {
      config: { access: 'admin' },
      schema: { tags, summary: 'The database file and its schema', response: { 200: sqlite } },
    },
    async () => {
      const [tables, migrations] = await Promise.all([
        repository.tables(database.read),
        repository.migrations(database.read),
      ])
      if (database.dialect !== 'sqlite') {
        const error = 'The data is in PostgreSQL: there is no SQLite file.'
        return { db_path_env: path, database_list: [], pragma: {}, tables, migrations, error }
      }
      const { databases, pragma } = await repository.sqliteState(database.read)
      return { db_path_env: path, database_list: [...databases], pragma: { ...pragma }, tables, migrations }
    },
  )

  app.get(
    '/__debug/routes',
    {
      config: { access: 'admin' },
      schema: { tags, summary: 'The paths of all routes', response: { 200: z.array(z.string()) } },
    },
    async () => [...paths].toSorted(),
  )
}
