import { z } from 'zod'
import type { WebSearch } from '../../../core/ports/web.ts'
import { TIMEOUT, type WebSearchDeps } from '../adapter.ts'
import { fittedQuery } from '../query.ts'
import { field } from '../../../egress/service-call.ts'
import { askForJson, Entries, type Provider, type Refusal, unreadable } from '../request.ts'
import { tidied } from '../results.ts'

const Config = z.object({
  apiKey: z.string().min(1),
  /** Of the Programmable Search Engine: its parameter `cx`. */
  engineId: z.string().min(1),
  baseUrl: z.url({ protocol: /^https?$/ }).default('https://www.googleapis.com'),
  timeout: z.int().min(1).default(TIMEOUT),
})

/** `items` is left out where nothing was found. */
const Answer = z.object({ kind: z.literal('customsearch#search'), items: Entries.default([]) })

const MOST = 10
/** It names no limit; an address of 2048 characters goes through everywhere. */
const QUERY = { characters: 1000 }

/** As its parameter `lr` has them, behind `lang_`; those that have the code of ISO 639-1, and those that differ. */
const LANGUAGES = new Set(
  'ar bg ca cs da de el en es et fi fr hr hu id is it ja ko lt lv nl no pl pt ro ru sk sl sr sv tr'.split(' '),
)
const OWN_CODES: Readonly<Record<string, string>> = { he: 'iw', zh: 'zh-CN' }

/** Reasons of errors that have other statuses than their meaning: a wrong key is a 400, a limit may be a 403. */
const REASONS: Readonly<Record<string, Refusal>> = {
  API_KEY_INVALID: 'key',
  keyInvalid: 'key',
  rateLimitExceeded: 'busy',
  userRateLimitExceeded: 'busy',
  RATE_LIMIT_EXCEEDED: 'busy',
  dailyLimitExceeded: 'spent',
  quotaExceeded: 'spent',
}

const PROVIDER: Provider = {
  name: 'Google',
  setting: 'GOOGLE_API_KEY and GOOGLE_CSE_ID',
  refusal(_status, body) {
    const error = field(body, 'error')
    // The newer form before the older one, which says less.
    const listed = [field(error, 'details'), field(error, 'errors')].flatMap(listOf)
    for (const each of listed) {
      const reason = field(each, 'reason')
      if (typeof reason === 'string' && REASONS[reason] !== undefined) return REASONS[reason]
    }
    return undefined
  },
}

/** Google's Custom Search JSON API: 10 results at most. */
export const google = {
  kind: 'google',
  config: Config,
  async create(config: z.input<typeof Config>, { door }: WebSearchDeps): Promise<WebSearch> {
    const { apiKey, engineId, baseUrl, timeout } = Config.parse(config)
    const fetch = await door(baseUrl)
    return {
      provider: 'google',
      async search(query, { limit, language, signal }) {
        const address = new URL('/customsearch/v1', baseUrl)
        address.searchParams.set('cx', engineId)
        address.searchParams.set('q', fittedQuery(query, QUERY))
        address.searchParams.set('num', String(Math.min(limit, MOST)))
        const code = language === undefined || LANGUAGES.has(language) ? language : OWN_CODES[language]
        if (code !== undefined) address.searchParams.set('lr', `lang_${code}`)
        // In a header: addresses get into logs.
        const headers = { accept: 'application/json', 'x-goog-api-key': apiKey }
        const json = await askForJson({ provider: PROVIDER, fetch, address, headers, timeout, signal })
        const answer = Answer.safeParse(json)
        if (!answer.success) throw unreadable(PROVIDER)
        return tidied(
          answer.data.items.map(({ link: url, title, snippet, pagemap }) => ({
            url,
            title,
            snippet,
            published: publishedIn(pagemap),
          })),
          limit,
        )
      },
    }
  },
} as const

/** What the page's own head says, as Google has read it. */
const publishedIn = (pagemap: unknown): unknown =>
  field(listOf(field(pagemap, 'metatags'))[0], 'article:published_time')

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
