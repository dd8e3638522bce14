import { ownerOf } from '../../http/access.ts'
import type { App } from '../../http/app.ts'
import { forUser } from '../../http/user-ids.ts'
import type { cachedSearch } from './cached-search.ts'
import * as schemas from './schemas.ts'

export interface SearchRoutesDeps {
  readonly search: ReturnType<typeof cachedSearch>
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
    async (request, reply) => {
      const { body } = request
      const bytes = await search(
        {
          owner: ownerOf(request, request.query.user_id),
          request: {
            ...body,
            max_results: body.max_results ?? maxResults,
            relevance_threshold: body.relevance_threshold ?? threshold,
          },
          write: (response) => reply.serializeInput(response, '200') as string,
        },
        { signal: request.signal },
      )
      searched()
      // Written by the schema's own serializer already.
      return reply.type('application/json; charset=utf-8').send(bytes as never)
    },
  )
}
