import type { UserId } from '../../core/ids.ts'
import type { CallOptions } from '../../core/ports/surroundings.ts'
import type { App } from '../../http/app.ts'
import type { DocumentChange } from './repository.ts'
import * as present from './presenters.ts'
import type { DocumentRoutesDeps } from './routes.ts'
import * as schemas from './schemas.ts'
import type { ReceivedPage } from './web-documents.ts'

export interface ScrapeRoutesDeps extends Pick<
  DocumentRoutesDeps,
  'documents' | 'dimension' | 'hints' | 'uploaded' | 'vectorStore'
> {
  /** Fetches a page and stores it. */
  readonly scrape: (
    owner: UserId,
    page: DocumentChange & { readonly url: string },
    options: CallOptions,
  ) => Promise<ReceivedPage>
}

export function scrapeRoutes(app: App, deps: ScrapeRoutesDeps): void {
  const { documents, dimension, hints, uploaded, scrape } = deps
  app.post(
    '/api/v1/scrape-website',
    {
      config: { access: 'user' },
      schema: {
        tags: ['Documents'],
        summary: 'Add a page of the web; again, to see what has changed',
        body: schemas.newPage,
        response: { 200: schemas.scrapeResult, 202: schemas.scrapeResult },
      },
    },
    async (request, reply) => {
      const { chat_id: chatId, ...page } = request.body
      const received = await scrape(request.caller.userId, { ...page, chatId }, { signal: request.signal })
      if (!received.known) uploaded()
      const { document } = received
      const warnings = [...(await documents.warnings(document)), ...hints(document)]
      const isStoredTwice = deps.vectorStore?.connected() === true
      const surroundings = { dimension: dimension(), isStoredTwice, warnings }
      return reply.status(received.ready ? 200 : 202).send(present.scrapeResult(received, surroundings))
    },
  )
}
