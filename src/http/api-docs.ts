import type { RouteOptions } from 'fastify'
import { z } from 'zod'
import { serveApiPage } from './api-page.ts'
import type { App } from './typed-app.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The parts of a multipart body, for the documentation: the route reads and checks them by itself. */
    multipart?: z.ZodObject
  }
}

/** Version of the HTTP contract, not of the package. */
export const API_VERSION = '2.0.0'

/**
 * `/openapi.json` from the schemas that validate, and `/docs`, a page over it. Registered before the routes. The document
 * is made when it is first asked for: what makes it takes a tenth of a start to load.
 */
export function documentApi(app: App, { openMode }: { readonly openMode: boolean }): void {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => void routes.push(route))
  let making: Promise<string> | undefined
  const make = async (): Promise<string> => {
    const { describeRoutes } = await import('./openapi.ts')
    return JSON.stringify(await describeRoutes(routes, { openMode, version: API_VERSION }))
  }
  app.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, async (_request, reply) => {
    making ??= make()
    return reply.type('application/json; charset=utf-8').send(await making)
  })
  serveApiPage(app)
}

/** Bytes: a file among the parts of a multipart body, or what is answered. */
export const binaryBody = z.any().meta({ type: 'string', format: 'binary' })

/** In the place of an answer's schema: what is sent is no JSON, and goes out as it is. */
export const answerOf = (description: string, ...mediaTypes: readonly string[]) => ({
  description,
  content: Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema: binaryBody }])),
})

/** Server-sent events. OpenAPI 3.1 has no word for streams: the schema is of one event. */
export const eventStream = {
  description: 'Server-sent events; the schema is of each of them.',
  content: {
    'text/event-stream': {
      schema: z.object({ event: z.string(), data: z.string().describe('JSON.'), id: z.string().optional() }),
    },
  },
}
