import type { EmbeddingWire } from '../remote-requests.ts'
import { NotVectors, unitVector } from '../vectors.ts'

/** Of OpenAI (platform.openai.com/docs/api-reference/embeddings); servers of one's own take less and say so. */
const LIMITS = { texts: 2048, tokens: 250_000 }

/**
 * `POST /embeddings`. Vectors come as base64, a quarter of their size as numbers; whatever comes is read. `dimensions` is
 * sent where a length is asked for, until the service refuses that.
 * @param shortens whether the model takes `dimensions`; undefined: tried
 */
export function openAiWire(model: string, shortens: boolean | undefined): EmbeddingWire {
  const takes = { dimensions: shortens ?? true, base64: true }
  return {
    path: '/embeddings',
    limits: LIMITS,
    body: (texts, dimension) => ({
      model,
      input: texts,
      ...(takes.base64 ? { encoding_format: 'base64' } : {}),
      ...(takes.dimensions && dimension !== undefined ? { dimensions: dimension } : {}),
    }),
    vectors(answer) {
      const data = (answer as { readonly data?: unknown } | null)?.data
      if (!Array.isArray(data)) throw new NotVectors('has no vectors')
      return inOrder(data as readonly unknown[]).map((item) => unitVector((item as { embedding?: unknown }).embedding))
    },
    adapts(said) {
      if (takes.dimensions && /dimension|matryoshka/i.test(said)) {
        takes.dimensions = false
        return true
      }
      if (takes.base64 && /encoding.?format|base64/i.test(said)) {
        takes.base64 = false
        return true
      }
      return false
    },
  }
}

/** By `index`, where the service gives one. */
function inOrder(data: readonly unknown[]): readonly unknown[] {
  const ordered: unknown[] = Array.from({ length: data.length })
  data.forEach((item, place) => {
    if (typeof item !== 'object' || item === null) throw new NotVectors('has something else where a vector belongs')
    const at = 'index' in item ? item.index : place
    if (typeof at !== 'number' || !(at in ordered) || ordered[at] !== undefined) {
      throw new NotVectors('does not say which vector is of which text')
    }
    ordered[at] = item
  })
  return ordered
}
