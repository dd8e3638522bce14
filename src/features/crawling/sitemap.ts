import { gunzip } from 'node:zlib'
import { promisify } from 'node:util'

export interface Sitemap {
  /** Of an index these are further sitemaps, else pages. */
  readonly kind: 'pages' | 'index'
  /** As written, in order. */
  readonly addresses: readonly string[]
}

/** What a crawl of at most 100 pages can use of it, and more. */
const MOST_ADDRESSES = 1_000
/** Unpacked; sitemaps.org allows 50 MB, of which more than enough addresses stand in the beginning. */
const MOST_BYTES = 10 * 2 ** 20
/** Unpacked bytes for one packed, as for compressed pages (egress). */
const MOST_RATIO = 100

const unpack = promisify(gunzip)

/**
 * The addresses of a sitemap (sitemaps.org: XML, an index of sitemaps, or text with a line for each), also of one that is
 * a gzip file. Undefined where the bytes are none, or more than allowed when unpacked.
 */
export async function readSitemap(bytes: Uint8Array): Promise<Sitemap | undefined> {
  const plain = isGzip(bytes) ? await unpacked(bytes) : bytes
  if (plain === undefined) return undefined
  const text = new TextDecoder().decode(plain.subarray(0, MOST_BYTES)).replace(/^\uFEFF/, '')
  const head = text.slice(0, 4_096)
  if (/<(\w+:)?sitemapindex[\s>]/.test(head)) return { kind: 'index', addresses: locations(text) }
  if (/<(\w+:)?urlset[\s>]/.test(head)) return { kind: 'pages', addresses: locations(text) }
  const lines = text.split(/\r?\n/, MOST_ADDRESSES).filter((line) => /^https?:\/\/\S+$/i.test(line.trim()))
  return /^\s*https?:\/\//i.test(head) ? { kind: 'pages', addresses: lines.map((line) => line.trim()) } : undefined
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

async function unpacked(bytes: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return await unpack(bytes, { maxOutputLength: Math.min(MOST_BYTES, bytes.length * MOST_RATIO) })
  } catch {
    // Not gzip after all, cut off, or a bomb: a site without a sitemap is crawled by its links.
    return undefined
  }
}

/** Elements `loc` of the file's own namespace; those of images and videos have a prefix that pages do not have. */
function locations(text: string): string[] {
  const found: string[] = []
  for (const match of text.matchAll(/<loc>\s*(?:<!\[CDATA\[\s*)?([^<\]\s]+)/g)) {
    found.push((match[1] ?? '').replace(/&(amp|lt|gt|quot|apos|#38);/g, (_, name: string) => ENTITIES[name] ?? ''))
    if (found.length === MOST_ADDRESSES) break
  }
  return found
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  '#38': '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}
