import { ownerOf } from '../../http/access.ts'
import type { App } from '../../http/app.ts'
import { forUser } from '../../http/user-ids.ts'
import { searchResponse } from './presenter.ts'
import * as schemas from './schemas.ts'
import type { RetrievalService } from './service.ts'

export interface SearchRoutesDeps {
  readonly search: RetrievalService['searchDocuments']
  readonly searched: () => void
  /** For requests that do not say: how many documents, and from which relevance on. */
  readonly maxResults: number
  readonly threshold: number
}

export function searchRoutes(app: App, { search, searched, maxResults, threshold }: SearchRoutesDeps): void {
  app.post(
    '/api/v1/search',
    {
      config: { access: 'user', scope: 'read' },
      schema: {
        tags: ['Questions and search'],
        summary: 'Search the documents',
        querystring: forUser,
        body: schemas.searchRequest,
        response: { 200: schemas.searchResponse },
      },
    },
    async (request) => {
      const body = {
        ...request.body,
        max_results: request.body.max_results ?? maxResults,
        relevance_threshold: request.body.relevance_threshold ?? threshold,
      }
      const found = await search(
        { owner: ownerOf(request, request.query.user_id), documents: body.document_ids, filter: body.filters },
        {
          query: body.query,
          type: body.search_type,
          limit: body.max_results,
          threshold: body.relevance_threshold,
          chunkSize: body.chunk_size,
        },
        { signal: request.signal },
      )
      searched()
      return searchResponse({ request: body, ...found })
    },
  )
}
