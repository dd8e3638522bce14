import { z } from 'zod'

const Milliseconds = z.int().min(1)
const absent = <T extends z.ZodType>(schema: T) => schema.optional().transform((value) => value)

export const RemoteConfig = z.object({
  baseUrl: z.url({ protocol: /^https?$/ }),
  apiKey: absent(z.string().min(1)),
  model: z.string().min(1),
  dimension: absent(z.int().min(1)),
  maxTokens: absent(z.int().min(16)),
  batchSize: z.int().min(1).default(64),
  cacheSize: z.int().min(0).default(1000),
  measured: absent(z.object({ dimension: z.int().min(1), sigma: z.number().positive() })),
  limits: z
    .object({ query: Milliseconds, document: Milliseconds, pause: Milliseconds, longestPause: Milliseconds })
    .default({ query: 5000, document: 60_000, pause: 500, longestPause: 30_000 }),
})

export type RemoteEmbedderConfig = z.input<typeof RemoteConfig>
