import { AppError } from '../../core/errors.ts'
import type { CallOptions, Clock } from '../../core/ports/surroundings.ts'
import type { Fetched, GuardedFetch } from '../../egress/fetch.ts'
import { AddressRefused } from '../../egress/target.ts'
import { pageAddress } from './addresses.ts'
import { mediaTypeOf, selfContained } from './fetched-file.ts'

/** As robots.txt names it. */
export const AGENT = 'EvidentBot'

const MOST_HOPS = 5

/** What is there of a page from before. */
export interface KnownCopy {
  readonly filename: string
  readonly etag: string | null
  readonly lastModified: string | null
  /** Names its bytes. */
  readonly sha256: string
}

export interface Visited {
  /** Where redirects led to. */
  readonly url: string
  /** The addresses before it: each redirected to the next. */
  readonly via: readonly string[]
  readonly bytes: Uint8Array
  /** '' where the server does not say. */
  readonly mediaType: string
  /** Its server said that the copy from before is still the page. */
  readonly copy: KnownCopy | undefined
  readonly etag: string | null
  readonly lastModified: string | null
  /** ISO 8601. */
  readonly fetchedAt: string
  /** X-Robots-Tag, lower case. */
  readonly robotsTag: string
}

export interface VisitOptions extends CallOptions {
  /** The copy of a page, if there is one: then only what has changed is sent. */
  readonly known?: (url: string) => Promise<KnownCopy | undefined>
  /** Asked before each address is, also where a redirect leads to; what it throws ends the visit. */
  readonly check?: (url: string) => Promise<void>
  /** Each request is made within it. */
  readonly turn?: <T>(url: string, request: () => Promise<T>) => Promise<T>
}

/** The server of a page answered something else than the page. */
export class PageRefused extends AppError {
  readonly answered: number
  /** Milliseconds after which it wants to be asked again, where it says so. */
  readonly retryMs: number | undefined

  constructor(answered: number, retryMs?: number) {
    super('upstream_failed', `${reasonOf(answered)}: its server answered ${answered}.`)
    this.name = 'PageRefused'
    this.answered = answered
    this.retryMs = retryMs
  }
}

export type Visit = (address: string, options?: VisitOptions) => Promise<Visited>

interface VisitDeps {
  readonly fetch: GuardedFetch
  /** The bytes of a known copy. */
  readonly bytes: (sha256: string) => Promise<Uint8Array | undefined>
  readonly clock: Clock
  /** Of this program. */
  readonly version: string
}

/**
 * Fetches pages through the door out. Redirects are followed here, so that each address is checked and asked for its own
 * changes; those in the page itself (meta refresh, scripts) are not.
 * @throws AddressRefused, PageRefused, AppError `upstream_failed`, `payload_too_large`, `unsupported_media_type`
 */
export function createVisit({ fetch, bytes, clock, version }: VisitDeps): Visit {
  const agent = `${AGENT}/${version} (Evident, self-hosted; obeys robots.txt as ${AGENT})`

  async function request(url: string, copy: KnownCopy | undefined, { turn, signal }: VisitOptions): Promise<Fetched> {
    const headers = {
      'user-agent': agent,
      accept: 'text/html, application/xhtml+xml;q=0.9, */*;q=0.8',
      ...(copy === undefined || copy.etag === null ? {} : { 'if-none-match': copy.etag }),
      ...(copy === undefined || copy.lastModified === null ? {} : { 'if-modified-since': copy.lastModified }),
    }
    const get = (): Promise<Fetched> => fetch.get(url, { headers, redirect: 'manual', signal })
    return turn === undefined ? get() : turn(url, get)
  }

  async function answerOf(
    url: string,
    options: VisitOptions,
  ): Promise<{ response: Fetched; copy?: KnownCopy; old?: Uint8Array }> {
    // What is no address of a page has no copy either, and PostgreSQL takes no NUL to look it up by.
    const copy = pageAddress(url) === undefined ? undefined : await options.known?.(url)
    const hasMark = copy !== undefined && (copy.etag !== null || copy.lastModified !== null)
    const response = await request(url, hasMark ? copy : undefined, options)
    if (response.status !== 304 || copy === undefined) return { response }
    const old = await bytes(copy.sha256)
    // Deleted at this moment: then the page is a new one.
    return old === undefined ? { response: await request(url, undefined, options) } : { response, copy, old }
  }

  return async (address, options = {}) => {
    const via: string[] = []
    // What is no address of a page is refused by the door, in its words.
    let url = pageAddress(address) ?? address
    for (;;) {
      await options.check?.(url)
      const { response, copy, old } = await answerOf(url, options)
      const location = header(response, 'location')
      if (response.status >= 300 && response.status < 400 && response.status !== 304 && location !== undefined) {
        via.push(url)
        const next = pageAddress(location, response.url) ?? URL.parse(location, response.url)?.href
        if (next === undefined) throw new AddressRefused('malformed')
        url = next
        if (via.length > MOST_HOPS || via.includes(url)) {
          throw new AppError('upstream_failed', 'The page redirects too often, or in a circle.')
        }
        continue
      }
      if (copy === undefined && (response.status < 200 || response.status > 299)) {
        throw new PageRefused(response.status, retryMs(response, clock))
      }
      const contentType = header(response, 'content-type')
      return {
        url,
        via,
        bytes: old ?? selfContained(response.body, contentType),
        mediaType: mediaTypeOf(contentType),
        copy,
        // A 304 may leave out what has not changed.
        etag: header(response, 'etag') ?? copy?.etag ?? null,
        lastModified: header(response, 'last-modified') ?? copy?.lastModified ?? null,
        fetchedAt: clock.now().toISOString(),
        robotsTag: robotsTag(response),
      }
    }
  }
}

const header = ({ headers }: Fetched, name: string): string | undefined => {
  const value = headers[name]
  const one = Array.isArray(value) ? value[0] : value
  return one === undefined || one.trim() === '' ? undefined : one.trim().slice(0, LONGEST_HEADER)
}

const LONGEST_HEADER = 2_000

/** What is said to every robot, or to this one: `noindex`, `otherbot: noindex`, `evidentbot: nofollow`. */
function robotsTag({ headers }: Fetched): string {
  const mine = [headers['x-robots-tag'] ?? []].flat().flatMap((value) => {
    const [, name, rest] = /^\s*([a-z][\w-]*)\s*:(.*)$/i.exec(value) ?? []
    if (name === undefined || /^(max-\w+|unavailable_after)/i.test(name)) return [value]
    return name.toLowerCase() === AGENT.toLowerCase() ? [rest ?? ''] : []
  })
  return mine.join(',').toLowerCase()
}

/** Retry-After: seconds, or a date. */
function retryMs(response: Fetched, clock: Clock): number | undefined {
  const value = header(response, 'retry-after')
  if (value === undefined) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - clock.now().getTime()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}

function reasonOf(status: number): string {
  if (status === 401 || status === 403 || status === 407) return 'The page is not open to everybody'
  if (status === 404 || status === 410) return 'The page is not there'
  if (status === 429) return 'The site wants fewer requests'
  return status >= 500 ? 'The site could not answer' : 'The page was not sent'
}
