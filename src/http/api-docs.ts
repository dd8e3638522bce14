import swagger from '@fastify/swagger'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ERRORS, type ErrorCode } from '../core/errors.ts'
import { serveApiPage } from './api-page.ts'
import { Problem } from './problem.ts'
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
 * `/openapi.json` from the schemas that validate, and `/docs`, a page over it. Registered before the routes. In open
 * mode who sends no token is let in, too, and the document of that server says so.
 */
export async function documentApi(app: App, { openMode }: { readonly openMode: boolean }): Promise<void> {
  const signedIn = openMode ? [{}, { token: [] }] : [{ token: [] }]
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Evident',
        version: API_VERSION,
        description: 'Documents in, checkable answers out: every claim is tied to the characters it came from.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    transform: (input) => {
      const access = input.route.config?.access
      const multipart = input.route.config?.multipart
      const body = multipart === undefined ? {} : { body: multipart }
      const { schema, url } = jsonSchemaTransform({ ...input, schema: { ...input.schema, ...body } })
      if (schema.hide === true || access === undefined) return { schema, url }
      const security = access === 'public' ? [] : signedIn
      return {
        schema: { security, ...schema, response: { ...ERROR_RESPONSES, ...(schema.response as object | undefined) } },
        url,
      }
    },
    transformObject: (input) => sharedErrors(jsonSchemaTransformObject(input)),
  })
  app.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').serializer(JSON.stringify).send(app.swagger()),
  )
  serveApiPage(app)
}

const problemReference = { $ref: `#/components/schemas/${Problem.meta()?.id}` }

/** Every error that any route may answer with, one response a status. */
const ERROR_RESPONSES: Readonly<Record<string, object>> = Object.fromEntries(
  Map.groupBy(Object.entries(ERRORS) as [ErrorCode, (typeof ERRORS)[ErrorCode]][], ([, { status }]) => status)
    .entries()
    .map(([status, entries]) => [
      status,
      {
        description: entries.map(([code]) => code).join(', '),
        content: { 'application/json': { schema: problemReference } },
      },
    ]),
)

/** As much of a document as is looked at here. */
interface Described {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, { responses?: Record<string, object> }>>>>
  readonly components?: object
}

/** The same document with each error described once, in its components: else they would be most of it. */
function sharedErrors<T>(document: T): T {
  const { paths = {}, components } = document as Described
  const errors = new Map(Object.entries(ERROR_RESPONSES).map(([status, error]) => [status, JSON.stringify(error)]))
  for (const { responses = {} } of Object.values(paths).flatMap((operations) => Object.values(operations))) {
    for (const [status, response] of Object.entries(responses)) {
      if (errors.get(status) !== JSON.stringify(response)) continue
      responses[status] = { $ref: `#/components/responses/Error${status}` }
    }
  }
  const shared: Record<string, object> = {}
  for (const [status, error] of Object.entries(ERROR_RESPONSES)) shared[`Error${status}`] = error
  return { ...document, components: { ...components, responses: shared } }
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
