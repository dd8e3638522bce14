import { sql, type ColumnDefinitionBuilder, type Expression } from 'kysely'

/** What differs between the databases when a table is made; everything else of a migration is the same. */
export interface DialectTypes {
  /** Compared by bytes (code points in UTF-8), so that both databases sort and page alike. */
  readonly text: Expression<unknown>
  /** Whole numbers up to 2^53. */
  readonly integer: Expression<unknown>
  readonly bytes: Expression<unknown>
  /** Primary key that grows and is never given out again, not even after its row was deleted. */
  readonly identity: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder
  /** What follows the column list. */
  readonly tableEnd: Expression<unknown>
  /** Other sessions can be told of a commit (LISTEN, NOTIFY). */
  readonly notifies: boolean
}

export const SQLITE_TYPES: DialectTypes = {
  text: sql`text`,
  integer: sql`integer`,
  bytes: sql`blob`,
  identity: (column) => column.primaryKey().autoIncrement(),
  // A value of the wrong type is refused, as PostgreSQL does.
  tableEnd: sql`strict`,
  notifies: false,
}

export const POSTGRES_TYPES: DialectTypes = {
  text: sql`text collate "C"`,
  integer: sql`bigint`,
  bytes: sql`bytea`,
  identity: (column) => column.primaryKey().generatedAlwaysAsIdentity(),
  tableEnd: sql``,
  notifies: true,
}
