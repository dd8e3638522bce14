import { decodeHTML } from 'entities'
import { canonicalText } from '../../core/canonical-text.ts'
import type { WebResult } from '../../core/ports/web.ts'

/** A result in a provider's fields, of whatever types they are. */
export interface RawResult {
  readonly url: unknown
  readonly title: unknown
  readonly snippet: unknown
  readonly published?: unknown
}

const LONGEST_URL = 2048
const LONGEST_TITLE = 300
const LONGEST_SNIPPET = 2000
/** Of a text with its markup; what is behind it is not read. */
const LONGEST_MARKUP = 8192

/** What has no end goes on to the end, as for browsers; so each character is looked at a few times at most. */
const MARKUP = /<(script|style)\b.*?(?:<\/\1\s*>|$)|<!--.*?(?:-->|$)|<[/!?]?[a-z][^<>]*>/gis
/** Breaks of lines and words; without a space in their place two words would become one. */
const BREAKS = /<\/?(?:br|p|div|li|ul|ol|tr|td|th|h[1-6])\b[^<>]*>/gi
/** Parameters that say where a reader came from, and not what the page is. */
const TRACKING = /^(?:utm_\w+|gclid|fbclid|msclkid)$/i

/**
 * At most `limit` results, each page once (whatever its scheme, `www.`, last slash and tracking parameters). Those without
 * an address of a web page are left out. Texts are plain, of one line, and bounded.
 */
export function tidied(raw: readonly RawResult[], limit: number): WebResult[] {
  const results = new Map<string, WebResult>()
  for (const { url: address, title, snippet, published } of raw) {
    if (results.size === limit) break
    const url = webAddress(address)
    if (url === undefined) continue
    const key = pageKey(url)
    if (results.has(key)) continue
    const day = dayOf(published)
    results.set(key, {
      url: url.href,
      title: plainText(title, LONGEST_TITLE) || url.hostname,
      snippet: plainText(snippet, LONGEST_SNIPPET),
      ...(day === undefined ? {} : { published: day }),
    })
  }
  return [...results.values()]
}

function webAddress(address: unknown): URL | undefined {
  if (typeof address !== 'string' || address.length > LONGEST_URL) return undefined
  const url = URL.parse(address)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined
  if (url.username !== '' || url.password !== '') return undefined
  url.hash = ''
  return url.href.length > LONGEST_URL ? undefined : url
}

function pageKey(url: URL): string {
  const parameters = [...url.searchParams].filter(([name]) => !TRACKING.test(name))
  const path = url.pathname.replace(/\/$/, '')
  return `${url.host.replace(/^www\./, '')}${path}?${new URLSearchParams(parameters).toString()}`
}

function plainText(text: unknown, longest: number): string {
  if (typeof text !== 'string') return ''
  const bare = text.slice(0, LONGEST_MARKUP).replace(BREAKS, ' ').replace(MARKUP, '')
  const line = canonicalText(decodeHTML(bare))
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  return line.length > longest ? `${cut(line, longest).trimEnd()} …` : line
}

/** Not within a character. */
export const cut = (text: string, longest: number): string => text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '')

/** What a provider may write: ISO 8601, or a date of an e-mail header. Of other texts JavaScript makes dates at will. */
const DATED = /^(?:\d{4}-\d{2}-\d{2}(?:[T ].*)?|(?:[a-z]{3}, )?\d{1,2} [a-z]{3} \d{4}\b.*)$/i
const WITHOUT_ZONE = /^(\d{4}-\d{2}-\d{2})(?:[T ][\d:.]*)?$/

/** A time with its zone is brought to UTC; one without stays on its day. */
function dayOf(published: unknown): string | undefined {
  if (typeof published !== 'string' || published.length > 64) return undefined
  const text = published.trim()
  if (!DATED.test(text)) return undefined
  const time = Date.parse(WITHOUT_ZONE.exec(text)?.[1] ?? text)
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().slice(0, 10)
}
