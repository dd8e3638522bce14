import type { App } from '../../http/app.ts'
import type { Ask } from './ask.ts'
import { askRequest, askResponse } from './schemas.ts'

export function askRoutes(app: App, { ask }: { readonly ask: Ask }): void {
  app.post(
    '/api/v1/ask',
    {
      config: { access: 'user', scope: 'read' },
      schema: {
        tags: ['Questions and search'],
        summary: 'Ask a question',
        body: askRequest,
        response: { 200: askResponse },
      },
    },
    async (request) => ask(request.caller, request.body, { signal: request.signal, requestId: request.id }),
  )
}
