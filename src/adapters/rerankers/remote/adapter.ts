import { z } from 'zod'
import type { ServiceFetch } from '../../../core/ports/network.ts'
import type { Reranker } from '../../../core/ports/search.ts'
import { createRemoteReranker } from './reranker.ts'

const Milliseconds = z.int().min(1)

const Config = z.object({
  /** Up to and with `/rerank`. */
  url: z.url({ protocol: /^https?$/ }),
  apiKey: z
    .string()
    .min(1)
    .optional()
    .transform((key) => key),
  model: z.string().min(1),
  limits: z
    .object({ call: Milliseconds, pause: Milliseconds, longestPause: Milliseconds })
    .default({ call: 3000, pause: 1000, longestPause: 30_000 }),
})

export type RerankerConfig = z.input<typeof Config>

/** The two differ in one field of the request, and in how they word errors, which any of them is read from. */
const adapter = <const K extends string>(kind: K, fields: object) => ({
  kind,
  config: Config,
  create: (config: RerankerConfig, { fetch }: { readonly fetch: ServiceFetch }): Reranker =>
    createRemoteReranker({ ...Config.parse(config), kind, fields, fetch }),
})

/** docs.cohere.com/reference/rerank, version 2. */
export const cohere = adapter('cohere', {})

/** jina.ai/reranker; vLLM, llama.cpp, Infinity, LiteLLM and others speak the same. */
export const jina = adapter('jina', { return_documents: false })
