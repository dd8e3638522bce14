import { z } from 'zod'
import type { WebSearch } from '../../../core/ports/web.ts'
import { TIMEOUT, type WebSearchDeps } from '../adapter.ts'
import { fittedQuery } from '../query.ts'
import { askForJson, Entries, type Provider, unreadable } from '../request.ts'
import { tidied } from '../results.ts'

const Config = z.object({
  /** Where its page is. */
  baseUrl: z.url({ protocol: /^https?$/ }),
  timeout: z.int().min(1).default(TIMEOUT),
})

const Answer = z.object({
  results: Entries,
  unresponsive_engines: z.array(z.unknown()).default([]),
})

const QUERY = { characters: 1000 }

const PROVIDER: Provider = {
  name: 'SearXNG',
  setting: 'SEARXNG_URL',
  // It has no keys.
  refusal: (status) => (status === 403 ? { set: 'its settings.yml must have json among search.formats' } : undefined),
}

/**
 * What its query syntax reads at the beginning of a word as an order: another engine or language, a time limit, and `!!`,
 * with which it sends the question on to another site.
 */
const ORDERS = /(^|\s)[!:<]+(?=\S)/g

/** A SearXNG of one's own. How many results it gives is in its settings. */
export const searxng = {
  kind: 'searxng',
  config: Config,
  async create(config: z.input<typeof Config>, { door, logger }: WebSearchDeps): Promise<WebSearch> {
    const { baseUrl, timeout } = Config.parse(config)
    const fetch = await door(baseUrl)
    return {
      provider: 'searxng',
      async search(query, { limit, language, signal }) {
        const address = new URL(baseUrl)
        address.pathname = `${address.pathname.replace(/\/+$/, '')}/search`
        address.search = ''
        address.searchParams.set('q', fittedQuery(query.replaceAll(ORDERS, '$1'), QUERY))
        address.searchParams.set('format', 'json')
        if (language !== undefined) address.searchParams.set('language', language)
        const json = await askForJson({ provider: PROVIDER, fetch, address, timeout, signal })
        const answer = Answer.safeParse(json)
        if (!answer.success) throw unreadable(PROVIDER)
        const { results, unresponsive_engines: silent } = answer.data
        if (results.length === 0 && silent.length > 0) {
          logger.warn(
            { engines: silent.length },
            'SearXNG found nothing, and some of its search engines did not answer',
          )
        }
        return tidied(
          results.map(({ url, title, content, publishedDate: published }) => ({
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
