import { z } from 'zod'
import type { WebSearch } from '../../../core/ports/web.ts'
import { TIMEOUT, type WebSearchDeps } from '../adapter.ts'
import { fittedQuery } from '../query.ts'
import { askForJson, Entries, type Provider, unreadable } from '../request.ts'
import { tidied } from '../results.ts'

const Config = z.object({
  apiKey: z.string().min(1),
  baseUrl: z.url({ protocol: /^https?$/ }).default('https://api.tavily.com'),
  timeout: z.int().min(1).default(TIMEOUT),
})

const Answer = z.object({ results: Entries })

const MOST = 20
const QUERY = { characters: 400 }

const PROVIDER: Provider = {
  name: 'Tavily',
  setting: 'TAVILY_API_KEY',
  // Statuses of its own: the plan's limit, and that of paying by use.
  refusal: (status) => (status === 432 || status === 433 ? 'spent' : undefined),
}

/** Tavily's Search API: 20 results at most; it knows no languages. */
export const tavily = {
  kind: 'tavily',
  config: Config,
  async create(config: z.input<typeof Config>, { door }: WebSearchDeps): Promise<WebSearch> {
    const { apiKey, baseUrl, timeout } = Config.parse(config)
    const fetch = await door(baseUrl)
    return {
      provider: 'tavily',
      async search(query, { limit, signal }) {
        const body = { query: fittedQuery(query, QUERY), max_results: Math.min(limit, MOST), search_depth: 'basic' }
        const headers = { authorization: `Bearer ${apiKey}` }
        const address = new URL('/search', baseUrl)
        const json = await askForJson({ provider: PROVIDER, fetch, address, headers, body, timeout, signal })
        const answer = Answer.safeParse(json)
        if (!answer.success) throw unreadable(PROVIDER)
        return tidied(
          answer.data.results.map(({ url, title, content, published_date: published }) => ({
            url,
            title,
            snippet: content,
            published,
          })),
          limit,
        )
      },
    }
  },
} as const
