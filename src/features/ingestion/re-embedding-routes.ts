import { z } from 'zod'
import type { App } from '../../http/app.ts'
import type { ReEmbedding } from './re-embedding.ts'

const stateView = z.object({
  serving: z.string().describe('The model that this process searches with'),
  active: z.string().describe('The model that the next start serves'),
  next: z.string().nullable().describe('The model whose vectors are being made; null: none'),
  done: z.number().int().describe('Passages that have a vector of the next model, or else of the active one'),
  total: z.number().int(),
})

export interface ReEmbeddingRouteDeps {
  readonly reEmbedding: ReEmbedding
}

export function reEmbeddingRoutes(app: App, { reEmbedding }: ReEmbeddingRouteDeps): void {
  const tags = ['Embedding models']
  app.get(
    '/api/v1/embedding-models',
    {
      config: { access: 'admin' },
      schema: {
        tags,
        summary: 'Which embedding model serves, and which is being prepared',
        response: { 200: stateView },
      },
    },
    async () => reEmbedding.state(),
  )
  app.post(
    '/api/v1/embedding-models/migration',
    {
      config: { access: 'admin' },
      schema: {
        tags,
        summary: 'Embed all documents with another model, beside the one that serves; the active one stops that',
        body: z.object({
          model: z
            .string()
            .min(1)
            .max(255)
            .describe(
              'A model that ships with the package, `openai/MODEL` or `ollama/MODEL`; `#LENGTH` asks for shorter vectors',
            ),
        }),
        response: { 202: stateView },
      },
    },
    async (request, reply) => reply.status(202).send(await reEmbedding.begin(request.body.model)),
  )
}
