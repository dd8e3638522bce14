import type { ResultCache } from '../../database/result-cache.ts'
import type { DocumentsFound, RetrievalService } from './service.ts'

type Search = RetrievalService['searchDocuments']

/** The same search, which looks first whether the same was found before. */
export function cachedSearch(search: Search, results: ResultCache): Search {
  return async (scope, request, options) => {
    const startedAt = performance.now()
    const { owner, documents, filter } = scope
    const { value, cached } = await results.through(owner, ['search', documents, filter, request], async () => {
      const found = await search(scope, request, options)
      return { value: found, weight: weightOf(found) }
    })
    return cached ? { ...value, milliseconds: performance.now() - startedAt } : value
  }
}

const weightOf = ({ results }: DocumentsFound): number =>
  results.reduce((sum, { summary, excerpt, chunks }) => {
    const passages = chunks.reduce((length, { passage, content }) => length + passage.text.length + content.length, 0)
    return sum + summary.title.length + summary.summary.length + excerpt.length + passages
  }, 0)
