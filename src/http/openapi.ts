import swagger from '@fastify/swagger'
import fastify, { type RouteOptions } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { ERRORS, type ErrorCode } from '../core/errors.ts'
import { Problem } from './problem.ts'
import { ZOD_SCHEMAS } from './zod-schemas.ts'

export interface Description {
  /** Of the contract. */
  readonly version: string
  /** Who sends no token is let in, too, and the document of such a server says so. */
  readonly openMode: boolean
}

/** The OpenAPI document of routes that a server has, made on another server that only has their descriptions. */
export async function describeRoutes(
  routes: readonly RouteOptions[],
  { version, openMode }: Description,
): Promise<object> {
  const signedIn = openMode ? [{}, { token: [] }] : [{ token: [] }]
  const app = fastify({ exposeHeadRoutes: false, schemaController: ZOD_SCHEMAS })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Evident',
        version,
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
  for (const { method, url, schema, config } of routes) {
    if (method === 'HEAD') continue
    app.route({ method, url, handler: () => undefined, ...(schema && { schema }), ...(config && { config }) })
  }
  await app.ready()
  return app.swagger()
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
