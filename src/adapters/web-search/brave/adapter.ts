import { z } from 'zod'
import type { WebSearch } from '../../../core/ports/web.ts'
import { TIMEOUT, type WebSearchDeps } from '../adapter.ts'
import { fittedQuery } from '../query.ts'
import { field } from '../../../egress/service-call.ts'
import { askForJson, Entries, type Provider, unreadable } from '../request.ts'
import { tidied } from '../results.ts'

const Config = z.object({
  apiKey: z.string().min(1),
  baseUrl: z.url({ protocol: /^https?$/ }).default('https://api.search.brave.com'),
  timeout: z.int().min(1).default(TIMEOUT),
})

/** `web` is left out where nothing was found. */
const Answer = z.object({
  type: z.literal('search'),
  web: z.object({ results: Entries.default([]) }).nullish(),
})

const MOST = 20
const QUERY = { characters: 400, words: 50 }

/** As its parameter `search_lang` has them; those that have the code of ISO 639-1, and those that differ. */
const LANGUAGES = new Set(
  'ar bg bn ca cs da de en es et eu fi fr gl gu he hi hr hu is it kn ko lt lv ml mr ms nl pa pl ro ru sk sl sr sv ta te th tr uk vi'.split(
    ' ',
  ),
)
const OWN_CODES: Readonly<Record<string, string>> = { ja: 'jp', no: 'nb', pt: 'pt-pt', zh: 'zh-hans' }

const KEY_CODES: ReadonlySet<unknown> = new Set(['SUBSCRIPTION_TOKEN_INVALID', 'SUBSCRIPTION_TOKEN_MISSING'])

const PROVIDER: Provider = {
  name: 'Brave',
  setting: 'BRAVE_API_KEY',
  // With status 422, as is a wrong parameter.
  refusal: (_status, body) => (KEY_CODES.has(field(field(body, 'error'), 'code')) ? 'key' : undefined),
  // Of each window, the shortest first: `X-RateLimit-Remaining: 0, 1999` and `X-RateLimit-Reset: 1, 1419704`.
  retryAfter(headers) {
    const numbers = (name: string): number[] =>
      (headers.get(name) ?? '').split(',').map((part) => Number.parseInt(part))
    const remaining = numbers('x-ratelimit-remaining')
    const resets = numbers('x-ratelimit-reset').filter((seconds, i) => remaining[i] === 0 && seconds >= 0)
    return resets.length === 0 ? undefined : Math.max(...resets)
  },
}

/** Brave's Web Search API: 20 results at most. */
export const brave = {
  kind: 'brave',
  config: Config,
  async create(config: z.input<typeof Config>, { door }: WebSearchDeps): Promise<WebSearch> {
    const { apiKey, baseUrl, timeout } = Config.parse(config)
    const fetch = await door(baseUrl)
    return {
      provider: 'brave',
      async search(query, { limit, language, signal }) {
        const address = new URL('/res/v1/web/search', baseUrl)
        address.searchParams.set('q', fittedQuery(query, QUERY))
        address.searchParams.set('count', String(Math.min(limit, MOST)))
        address.searchParams.set('result_filter', 'web')
        address.searchParams.set('text_decorations', 'false')
        const code = language === undefined || LANGUAGES.has(language) ? language : OWN_CODES[language]
        if (code !== undefined) address.searchParams.set('search_lang', code)
        const headers = { 'x-subscription-token': apiKey }
        const json = await askForJson({ provider: PROVIDER, fetch, address, headers, timeout, signal })
        const answer = Answer.safeParse(json)
        if (!answer.success) throw unreadable(PROVIDER)
        const results = answer.data.web?.results ?? []
        return tidied(
          results.map(({ url, title, description, page_age: published }) => ({
            url,
            title,
            snippet: description,
            published,
          })),
          limit,
        )
      },
    }
  },
} as const
