/**
 * What of a text is stored, and what every offset counts in: no NUL, no byte order mark, well-formed UTF-16, LF line
 * ends, and nothing else changed. Applying it again changes nothing.
 */
export const canonicalText = (raw: string): string =>
  // NUL goes first: without it, two halves of a character or of a line end may come together.
  raw
    .replaceAll('\0', '')
    .toWellFormed()
    .replace(/^\uFEFF+/, '')
    .replace(/\r\n?/g, '\n')

/** The same for every string of a JSON value, keys too. The value must not be nested deeper than a stack allows. */
export function canonicalJson(value: unknown): unknown {
  if (typeof value === 'string') return canonicalText(value)
  if (Array.isArray(value)) return value.map(canonicalJson)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [canonicalText(key), canonicalJson(entry)]))
}
