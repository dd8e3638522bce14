import type { types } from 'pg'

type TextParser = (value: string) => unknown
export type GetTypeParser = (oid: number, format?: 'text' | 'binary') => TextParser

const OID = { bytea: 17, int8: 20, numeric: 1700 } as const

/**
 * For a connection's `types`: the driver's own parsers, but for what the two databases would give differently.
 * Whole numbers and sums are numbers, bytea is a plain byte array, as SQLite gives them.
 */
export function typeParsers(driver: typeof types): GetTypeParser {
  const bytea = driver.getTypeParser(OID.bytea, 'text') as (value: string) => Uint8Array
  const own: Readonly<Record<number, TextParser>> = {
    [OID.int8]: wholeNumber,
    [OID.numeric]: Number,
    // With a buffer of its own, so that it can be read as numbers (a Buffer may lie at an odd place of a pool).
    [OID.bytea]: (text) => new Uint8Array(bytea(text)),
  }
  return (oid, format = 'text') =>
    (format === 'text' ? own[oid] : undefined) ?? (driver.getTypeParser(oid, format) as TextParser)
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit a number exactly`)
  return value
}
