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
  /** Names of the models that may be asked for. */
  readonly models: readonly [string, ...string[]]
}

export function reEmbeddingRoutes(app: App, { reEmbedding, models }: ReEmbeddingRouteDeps): void {
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
        body: z.object({ model: z.enum(models) }),
        response: { 202: stateView },
      },
    },
    async (request, reply) => reply.status(202).send(await reEmbedding.begin(request.body.model)),
  )
}
