import type { FastifyServerOptions } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'

type SchemaController = NonNullable<FastifyServerOptions['schemaController']>

/**
 * Schemas of routes are zod's. Given when a server is made: one that is only told so afterwards has loaded the compilers
 * of JSON Schema by then, a hundred modules that nobody uses.
 */
export const ZOD_SCHEMAS: SchemaController = {
  // Declared for compilers of JSON Schema only.
  compilersFactory: {
    buildValidator: () => validatorCompiler,
    buildSerializer: () => serializerCompiler,
  } as unknown as NonNullable<SchemaController['compilersFactory']>,
}
