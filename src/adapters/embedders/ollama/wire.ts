import type { EmbeddingWire } from '../remote-requests.ts'
import { NotVectors, unitVector } from '../vectors.ts'

/** Ollama states none; a request of this size stays within its time on one processor. */
const LIMITS = { texts: 512, tokens: 65_536 }

/** `POST /api/embed`. It cuts texts to the model's window by itself, with the model's own tokenizer. */
export function ollamaWire(model: string): EmbeddingWire {
  let takesDimensions = true
  return {
    path: '/api/embed',
    limits: LIMITS,
    body: (texts, dimension) => ({
      model,
      input: texts,
      truncate: true,
      ...(takesDimensions && dimension !== undefined ? { dimensions: dimension } : {}),
    }),
    vectors(answer) {
      const embeddings = (answer as { readonly embeddings?: unknown } | null)?.embeddings
      if (!Array.isArray(embeddings)) throw new NotVectors('has no vectors')
      return embeddings.map(unitVector)
    },
    adapts(said) {
      if (!takesDimensions || !/dimension/i.test(said)) return false
      takesDimensions = false
      return true
    },
  }
}
