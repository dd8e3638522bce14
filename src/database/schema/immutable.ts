import type { ColumnType } from 'kysely'

/** Of a column that is written once, with its row. */
export type Immutable<T> = ColumnType<T, T, never>
