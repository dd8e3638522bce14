import { hash } from 'node:crypto'

/**
 * What a row is, whichever database holds it: the SHA-256 of its columns one after another, each as a letter for its kind,
 * its length in bytes as eight bytes, and the bytes themselves; a number as its eight bytes, NULL as one letter. A
 * table is the sum of its rows modulo 2^256, which knows no order and does not cancel out rows that are there twice.
 */

export type ColumnKind = 'text' | 'integer' | 'bytes'

export interface MovedColumn {
  readonly name: string
  readonly kind: ColumnKind
}

/** Texts are their bytes in UTF-8: what a string of JavaScript cannot hold is not lost on the way. */
export type Cell = Uint8Array | bigint | null

const LETTER: Readonly<Record<ColumnKind, string>> = { text: 't', integer: 'i', bytes: 'b' }
const NULL = Buffer.from('n')

/** @param cells in the order of the columns */
export function rowDigest(columns: readonly MovedColumn[], cells: readonly Cell[]): Buffer {
  return sha256(Buffer.concat(columns.flatMap(({ kind }, i) => encode(kind, cells[i] ?? null))))
}

/** The SHA-256 of one column. */
export const cellDigest = ({ kind }: MovedColumn, cell: Cell): Buffer => sha256(Buffer.concat(encode(kind, cell)))

const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer')

function encode(kind: ColumnKind, cell: Cell): Uint8Array[] {
  if (cell === null) return [NULL]
  const head = Buffer.alloc(9)
  head.write(LETTER[kind])
  if (typeof cell === 'bigint') {
    head.writeBigInt64BE(cell, 1)
    return [head]
  }
  head.writeBigInt64BE(BigInt(cell.byteLength), 1)
  return [head, cell]
}

/** The same digest as an expression of PostgreSQL, so that large values are not sent to be compared. */
export const rowDigestSql = (columns: readonly MovedColumn[]): string =>
  `sha256(${columns.map(encodeSql).join(' || ')})`

export const cellDigestSql = (column: MovedColumn): string => `sha256(${encodeSql(column)})`

function encodeSql({ name, kind }: MovedColumn): string {
  const column = quoted(name)
  const letter = `'${LETTER[kind]}'::bytea`
  const bytes = {
    integer: `int8send(${column})`,
    text: `int8send(octet_length(${column})) || convert_to(${column}, 'UTF8')`,
    bytes: `int8send(octet_length(${column})) || ${column}`,
  }[kind]
  return `coalesce(${letter} || ${bytes}, 'n'::bytea)`
}

/** As both databases quote a name. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

const MODULUS = 1n << 256n

export const NO_ROWS = 0n

export const addRow = (sum: bigint, digest: Uint8Array): bigint =>
  (sum + BigInt(`0x${Buffer.from(digest).toString('hex')}`)) % MODULUS
