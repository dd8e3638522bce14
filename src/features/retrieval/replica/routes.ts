import { z } from 'zod'
import { AppError } from '../../../core/errors.ts'
import type { App } from '../../../http/app.ts'
import type { ReplicaFollower } from './replica-follower.ts'

const count = z.number().int().nonnegative()
const status = z.object({
  collection: z
    .string()
    .nullable()
    .describe('What the vectors are kept in; null: the model or the server has not answered yet'),
  state: z
    .enum(['away', 'filling', 'following', 'current'])
    .describe(
      '`away`: it does not answer; `filling`: being filled or compared; `following`: catching up, then counted',
    ),
  version: z.string().nullable().describe('Of the server'),
  full_text: z
    .boolean()
    .nullable()
    .describe('Whether words are looked for there as well; null: it has not answered yet'),
  behind: count.nullable().describe('Changes of documents that it does not show yet; null while it is being filled'),
  comparison: z
    .object({
      at: z.iso.datetime(),
      passages: count,
      added: count.describe('Passages that were missing or outdated'),
      removed: count.describe('Rows that no passage has'),
    })
    .nullable()
    .describe('What the last comparison with the database found, and put right'),
})

export interface VectorStoreRouteDeps {
  /** undefined: none is configured. */
  readonly replica: Pick<ReplicaFollower, 'status' | 'compare'> | undefined
}

/** Milliseconds that a comparison is waited for: it goes on after that. */
const LONGEST_COMPARISON = 3_600_000

export function vectorStoreRoutes(app: App, { replica }: VectorStoreRouteDeps): void {
  const tags = ['Vector store']
  const configured = (): NonNullable<typeof replica> => {
    if (replica !== undefined) return replica
    throw new AppError('not_found', 'No vector store is configured: set MILVUS_HOST to use Milvus.')
  }
  const view = ({ name, fullText, ...rest }: Awaited<ReturnType<ReplicaFollower['status']>>) => ({
    collection: name,
    full_text: fullText,
    ...rest,
  })

  app.get(
    '/api/v1/vector-store',
    {
      config: { access: 'admin' },
      schema: { tags, summary: 'How far Milvus has caught up', response: { 200: status } },
    },
    async () => view(await configured().status()),
  )
  app.post(
    '/api/v1/vector-store/comparison',
    {
      config: { access: 'admin' },
      schema: {
        tags,
        summary: 'Compare the vectors in Milvus with the database, and put right what differs',
        response: { 200: status },
      },
    },
    async (request) => {
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(LONGEST_COMPARISON)])
      return view(await configured().compare(signal))
    },
  )
}
