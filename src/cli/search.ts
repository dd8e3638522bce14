import { z } from 'zod'
import { type Client, jsonBody } from './client.ts'
import { type FilterOptions, filtersOf } from './filters.ts'
import { printable, printLine, type Terminal, wrap } from './terminal.ts'

const Found = z.looseObject({
  results: z.array(
    z.looseObject({
      document_id: z.string(),
      title: z.string(),
      excerpt: z.string(),
      relevance_score: z.number(),
      chunk_analysis: z
        .looseObject({ top_chunks: z.array(z.looseObject({ content: z.string(), page: z.number().nullish() })) })
        .optional(),
    }),
  ),
  message: z.string().optional(),
})

export interface SearchOptions extends FilterOptions {
  readonly json: boolean
  readonly limit: number
}

/** `evident search`: the best passages, one document a paragraph. Gives the exit code. */
export async function search(
  client: Client,
  query: string,
  options: SearchOptions,
  terminal: Terminal,
): Promise<number> {
  const body = { query, max_results: options.limit, include_chunks: true, filters: filtersOf(options) }
  const found = await client.json(Found, '/api/v1/search', jsonBody(body, terminal.signal))
  if (options.json) {
    printLine(terminal.out, JSON.stringify(found))
    return 0
  }
  if (found.results.length === 0) printLine(terminal.out, found.message ?? 'Nothing was found.')
  for (const [i, result] of found.results.entries()) {
    const best = result.chunk_analysis?.top_chunks[0]
    const page = typeof best?.page === 'number' ? `, page ${best.page}` : ''
    const excerpt = printable(best?.content ?? result.excerpt)
    const shown = excerpt.length > 400 ? `${excerpt.slice(0, 400).toWellFormed()} …` : excerpt
    printLine(terminal.out, `${i + 1}. ${printable(result.title)}${page}  (${result.relevance_score.toFixed(2)})`)
    printLine(terminal.out, `${wrap(shown, 100, '   ')}\n`)
  }
  return 0
}
