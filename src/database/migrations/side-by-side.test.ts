import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sql } from 'kysely'
import { quietLogger } from '../../../test/databases.ts'
import type { Database } from '../database.ts'
import { openSqlite } from '../sqlite/open.ts'
import { MIGRATIONS } from './index.ts'

/** The last one that was made before two versions could run side by side (docs/decisions/0014-several-instances.md). */
const BEFORE_THE_RULE = '0013-web-snapshots'

interface Form {
  /** By table and column: its type, and whether a row must say something there. */
  readonly columns: ReadonlyMap<string, { readonly type: string; readonly isRequired: boolean }>
  readonly tables: ReadonlySet<string>
  /** Tables and statements of what refuses rows. */
  readonly refusals: ReadonlyMap<string, string>
}

async function formOf({ read }: Database): Promise<Form> {
  const tables = await read.introspection.getTables()
  const { rows } = await sql<{ name: string; tbl_name: string; sql: string | null }>`
    select name, tbl_name, sql from sqlite_master where (type = 'index' and sql like '%unique%') or type = 'trigger'
  `.execute(read)
  return {
    tables: new Set(tables.map(({ name }) => name)),
    columns: new Map(
      tables.flatMap(({ name, columns }) =>
        columns.map((column) => [
          `${name}.${column.name}`,
          {
            type: column.dataType,
            isRequired: !column.isNullable && !column.hasDefaultValue && !column.isAutoIncrementing,
          },
        ]),
      ),
    ),
    refusals: new Map(rows.map((row) => [row.name, row.tbl_name])),
  }
}

/** What the version before would stumble over. */
function breaks(before: Form, after: Form): string[] {
  const isOld = (table: string): boolean => before.tables.has(table)
  return [
    ...[...before.columns].flatMap(([name, { type }]) =>
      after.columns.get(name)?.type === type ? [] : [`${name} is gone or of another type`],
    ),
    ...[...after.columns].flatMap(([name, { isRequired }]) =>
      isRequired && isOld(name.split('.')[0] ?? '') && before.columns.get(name)?.isRequired !== true
        ? [`${name} is required of rows that the version before writes without it`]
        : [],
    ),
    ...[...after.refusals].flatMap(([name, table]) =>
      isOld(table) && !before.refusals.has(name) ? [`${name} may refuse rows that the version before writes`] : [],
    ),
  ]
}

async function migrated(path: string, migrations: typeof MIGRATIONS): Promise<Form> {
  const database = await openSqlite({ path, logger: quietLogger, migrations })
  try {
    return await formOf(database)
  } finally {
    await database.close()
  }
}

test('each migration leaves the version before it able to write', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'evident-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'evident.db')
  const names = Object.keys(MIGRATIONS).sort()
  const upTo = (n: number) => Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => names.indexOf(name) < n))
  const first = names.indexOf(BEFORE_THE_RULE) + 1
  let before = await migrated(path, upTo(first))
  for (let n = first; n < names.length; n++) {
    const after = await migrated(path, upTo(n + 1))
    assert.deepEqual(breaks(before, after), [], names[n])
    before = after
  }

  const breaking: [string, string, RegExp][] = [
    ['drops', 'alter table question_history drop column details', /details is gone/],
    ['renames', 'alter table chats rename column title to name', /chats.title is gone/],
    ['refuses', 'create unique index one_title on documents (title)', /one_title may refuse/],
    [
      'asks for more',
      'drop table message_documents; create table message_documents (message_id integer, extra text not null) strict',
      /extra is required/,
    ],
  ]
  let migrations = { ...MIGRATIONS }
  for (const [i, [name, statements, found]] of breaking.entries()) {
    migrations = {
      ...migrations,
      [`090${i}-${name}`]: async (db) => {
        for (const statement of statements.split('; ')) await sql.raw(statement).execute(db)
      },
    }
    const after = await migrated(
      path,
      Object.fromEntries(Object.entries(migrations).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    )
    assert.match(breaks(before, after).join('\n'), found)
    before = after
  }
})
