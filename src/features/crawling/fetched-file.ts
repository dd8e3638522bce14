/** What an answer of the web becomes as a file: its bytes, and the name by which a reader tells its type. */

/** Media type in lower case, without parameters; '' where the server does not say. */
export const mediaTypeOf = (contentType: string | undefined): string =>
  contentType?.split(';')[0]?.trim().toLowerCase() ?? ''

/**
 * The bytes as they came. Where the server alone says in which encoding they are, a file would lose that: such text
 * becomes UTF-8. What is valid UTF-8 stays, as servers often name another encoding for everything.
 */
export function selfContained(bytes: Uint8Array, contentType: string | undefined): Uint8Array {
  if (!/^(text\/|application\/(xhtml\+xml|xml|json))/.test(mediaTypeOf(contentType))) return bytes
  const charset = /;\s*charset\s*=\s*["']?([\w.:-]{2,40})/i.exec(contentType ?? '')?.[1]
  if (charset === undefined || /^utf-?8$/i.test(charset) || isMarked(bytes)) return bytes
  const named = decoded(bytes, charset)
  if (named === undefined || decoded(bytes, 'utf-8') !== undefined) return bytes
  return new TextEncoder().encode(named)
}

/** A byte order mark says more than a server (Encoding Standard, "decode"). */
const isMarked = ([a, b, c]: Uint8Array): boolean =>
  (a === 0xef && b === 0xbb && c === 0xbf) || (a === 0xfe && b === 0xff) || (a === 0xff && b === 0xfe)

/** Undefined where the bytes are not valid in the encoding, or nobody knows that. */
function decoded(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return undefined
    throw error
  }
}

/** These say only that the server does not know better: the URL's own extension says more. */
const VAGUE: ReadonlySet<string> = new Set([
  '',
  'text/plain',
  'application/octet-stream',
  'binary/octet-stream',
  'application/x-download',
])

/** @param extensionOf of a media type, with the dot, where files of it are read */
export function fileNameOf(
  url: string,
  mediaType: string,
  extensionOf: (mediaType: string) => string | undefined,
): string {
  const { hostname, pathname } = new URL(url)
  const last = unescaped(pathname.split('/').findLast((part) => part !== '') ?? '')
  const [, stem = '', own = ''] = /^(.*?)(\.[a-z\d]{1,8})?$/is.exec(last.slice(-200)) ?? []
  const extension = VAGUE.has(mediaType) && own !== '' ? own.toLowerCase() : (extensionOf(mediaType) ?? '')
  return `${(stem || hostname).toWellFormed()}${extension}`
}

/** Without an extension, its type is decided by its content alone. */
export const withoutExtension = (filename: string): string =>
  filename.replace(/\.[a-z\d]{1,8}$/i, '').replaceAll('.', '-')

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part).replace(/[/\\\p{Cc}]/gu, '-')
  } catch (error) {
    if (error instanceof URIError) return part
    throw error
  }
}
