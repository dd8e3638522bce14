import { z } from 'zod'
import type { VectorReplica } from '../../../core/ports/search.ts'
import { INDEX_KINDS } from './collection.ts'
import { createConnection } from './connection.ts'
import { createMilvusReplica } from './replica.ts'
import { createRows } from './rows.ts'

const Milliseconds = z.int().min(1)

const Config = z.object({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(19_530),
  /** A key, or `user:password`. */
  token: z
    .string()
    .min(1)
    .optional()
    .transform((token) => token),
  tls: z.boolean().default(false),
  /** PEM of the authority that signed the server's certificate; absent: those that Node knows. */
  authority: z
    .string()
    .min(1)
    .optional()
    .transform((authority) => authority),
  /** Collections' names begin with it: there is one for each model and dimension. */
  collection: z.string().regex(/^[A-Za-z_]\w{0,99}$/, 'letters, digits and _, 100 at most'),
  index: z.enum(INDEX_KINDS).default('HNSW'),
  /** Names the terms of rows and queries, where words are to be looked for there too if the server can. */
  terms: z
    .string()
    .optional()
    .transform((terms) => terms),
  /** Whether a collection with words is made where there is none. */
  makesFullText: z.boolean().default(true),
  /** Names the model that makes the vectors, and whose they are: another database's have a collection of their own. */
  model: z.string().min(1),
  /** Length of the vectors. */
  dimension: z.int().min(1).max(32_768),
  /** Of one request, and of making the collection ready, which loads it into the server's memory. */
  limits: z.object({ call: Milliseconds, ready: Milliseconds }).default({ call: 10_000, ready: 120_000 }),
})

export type MilvusConfig = z.input<typeof Config>

interface MilvusDeps {
  /** Hears of what goes on all the same. */
  readonly warn?: ((error: unknown, what: string) => void) | undefined
}

/** milvus.io, version 2.3.5 and later, by its own client. Nothing is connected before the first call. */
export const milvus = {
  kind: 'milvus',
  config: Config,
  create(config: MilvusConfig, { warn = () => undefined }: MilvusDeps = {}): VectorReplica {
    const { host, port, token, tls, authority, limits, ...form } = Config.parse(config)
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
    const connection = createConnection({ address, token, tls, authority, limit: limits.call })
    const rows = createRows({ ...form, connection, warn, readyLimit: limits.ready })
    return createMilvusReplica(rows, connection, { collection: form.collection, warn })
  },
} as const
