import { z } from 'zod'
import type { ServiceFetch } from '../../../core/ports/network.ts'
import type { Reranker } from '../../../core/ports/search.ts'
import type { CallOptions } from '../../../core/ports/surroundings.ts'
import { ProviderFailure } from '../../../core/provider-failure.ts'
import { callJson } from '../../../egress/service-call.ts'
import { unreadableFrom } from '../../../egress/service-failure.ts'
import { ServiceTurns } from '../../../egress/service-turns.ts'

export interface RemoteRerankerOptions {
  /** As RERANKER calls it. */
  readonly kind: string
  /** Up to and with `/rerank`. */
  readonly url: string
  readonly apiKey: string | undefined
  readonly model: string
  /** Of the request, besides those that all have. */
  readonly fields: object
  /** Milliseconds: of a call, and that the service is left alone after a failure, doubled up to the longest. */
  readonly limits: { readonly call: number; readonly pause: number; readonly longestPause: number }
  readonly fetch: ServiceFetch
}

const Answer = z.object({ results: z.array(z.object({ index: z.int(), relevance_score: z.number() })) })

const WORDS = {
  name: 'The reranking service',
  address: 'RERANKER_URL',
  key: 'RERANKER_API_KEY',
  model: 'RERANKER_MODEL',
  awaited: true,
}

const REQUESTS = 8
/** Rerankers read some hundred tokens of a query, and all of it again with each passage. */
const LONGEST_QUERY = 4000
const BYTES_PER_RESULT = 16_384
const BYTES_BESIDES = 65_536

/**
 * A model behind HTTP that reads a query and a passage together. One try: somebody waits for it, and without it the
 * results keep their order. After a failure calls fail at once for a while.
 */
export function createRemoteReranker(options: RemoteRerankerOptions): Reranker {
  const { kind, url, apiKey, model, fields, limits, fetch } = options
  const service = { fetch, apiKey, words: WORDS }
  const turns = new ServiceTurns({
    most: 0,
    reserved: REQUESTS,
    first: limits.pause,
    longest: limits.longestPause,
  })
  /** Whether the service has given what is no share: llama.cpp and others give the raw number. */
  let isRaw = false

  async function scores(query: string, passages: readonly string[], { signal }: CallOptions): Promise<Float64Array> {
    const answer = await callJson(
      service,
      {
        address: url,
        body: { model, query: query.slice(0, LONGEST_QUERY), documents: passages, top_n: passages.length, ...fields },
        milliseconds: limits.call,
        bytes: BYTES_BESIDES + passages.length * BYTES_PER_RESULT,
      },
      { signal },
    )
    const parsed = Answer.safeParse(answer)
    if (!parsed.success) throw unreadableFrom(WORDS, 'it has no scores')
    const found = new Float64Array(passages.length).fill(Number.NaN)
    for (const { index, relevance_score: score } of parsed.data.results) {
      if (!(index in found)) throw unreadableFrom(WORDS, 'it has a score of no passage')
      found[index] = score
    }
    if (found.some(Number.isNaN)) throw unreadableFrom(WORDS, 'it lacks the scores of some passages')
    isRaw ||= found.some((score) => score < 0 || score > 1)
    return isRaw ? found.map(logistic) : found
  }

  return {
    id: `${kind}:${new URL(url).host}/${model}`,
    async rerank(query, passages, { signal } = {}) {
      signal?.throwIfAborted()
      if (passages.length === 0) return new Float64Array(0)
      return turns.run(
        async () => {
          try {
            const found = await scores(query, passages, { signal })
            turns.succeeded()
            return found
          } catch (error) {
            if (!(error instanceof ProviderFailure) || error.kind === 'request') throw error
            throw error.after(turns.failed(error))
          }
        },
        { urgent: true, signal },
      )
    },
  }
}

/** What such models are trained with: their raw number is the logit of the passage being relevant. */
const logistic = (score: number): number => 1 / (1 + Math.exp(-score))
