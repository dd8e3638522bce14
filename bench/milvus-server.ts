// The evident server with Milvus beside it, as the benchmark of Milvus asks it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { MilvusClient } from '@zilliz/milvus2-sdk-node'
import { Pool } from 'undici'
import { z } from 'zod'
import { bootstrap } from '../src/features/evaluation/bootstrap.ts'
import { mean, ndcg } from '../src/features/evaluation/measures.ts'
import type { RunningServer } from '../scripts/drills/server.ts'
import type { Row } from './report.ts'
import type { RetrievalSet } from './retrieval-sets.ts'

const PATH = '/api/v1/search'
const POLL_MS = 25
const LONGEST_MS = 300_000

const Status = z.object({ collection: z.string().nullable(), state: z.string(), behind: z.number().nullable() })
const Health = z.object({ status: z.string(), services: z.object({ milvus: z.string() }) })

const get = async <T>({ url }: RunningServer, path: string, schema: z.ZodType<T>): Promise<T> =>
  schema.parse(await (await fetch(url + path)).json())

export const milvusHealth = async (server: RunningServer): Promise<string> =>
  (await get(server, '/health', Health)).services.milvus

/** Milliseconds until it is so. @throws Error where it is not after `limit` of them, five minutes */
export async function until(what: string, isSo: () => Promise<boolean>, limit = LONGEST_MS): Promise<number> {
  const began = performance.now()
  while (!(await isSo())) {
    if (performance.now() - began > limit) throw new Error(`Not after ${limit} ms: ${what}`)
    await sleep(POLL_MS)
  }
  return performance.now() - began
}

/** Until Milvus holds what the database holds; gives the collection, and milliseconds. */
export async function untilCurrent(server: RunningServer): Promise<{ collection: string; ms: number }> {
  let status: z.infer<typeof Status> | undefined
  const ms = await until('Milvus is current', async () => {
    status = await get(server, '/api/v1/vector-store', Status)
    return status.state === 'current' && status.behind === 0
  })
  return { collection: status?.collection ?? '', ms }
}

/** Until every row is in a segment that the wanted index searches; gives milliseconds. */
export function untilIndexed(client: MilvusClient, collection: string, rows: number, limit?: number): Promise<number> {
  const isIndexed = async (): Promise<boolean> => {
    const { infos } = await client.getQuerySegmentInfo({ collectionName: collection })
    const indexed = infos.filter(({ index_name: name, state }) => name !== '' && String(state) === 'Sealed')
    // Whatever the client's types say, it is a text.
    return indexed.reduce((sum, { num_rows: some }) => sum + Number(`${some}`), 0) >= rows
  }
  return until(`${collection} is indexed`, isIndexed, limit)
}

const TYPES = ['hybrid', 'semantic', 'keyword'] as const
export type Quality = Readonly<Record<(typeof TYPES)[number], readonly number[]>>

const Found = z.object({
  results: z.array(z.object({ document_id: z.string() })),
  search_statistics: z.object({ engine: z.string() }),
})

/** nDCG@10 of each question over HTTP. @throws Error where another engine than one of `engines` looked */
export async function quality(
  { url }: RunningServer,
  set: RetrievalSet,
  ids: readonly string[],
  engines: Readonly<Record<(typeof TYPES)[number], string>>,
): Promise<Quality> {
  const rowOf = new Map(ids.map((id, row) => [id, row]))
  const scores = { hybrid: [] as number[], semantic: [] as number[], keyword: [] as number[] }
  for (const { text, relevant } of set.questions) {
    for (const type of TYPES) {
      const response = await fetch(url + PATH, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: text, max_results: 10, search_type: type, include_chunks: false }),
      })
      const { results, search_statistics: by } = Found.parse(await response.json())
      if (by.engine !== engines[type]) throw new Error(`${by.engine} looked for ${type}: ${text}`)
      const rows = results.map(({ document_id: id }) => rowOf.get(id) ?? -1)
      scores[type].push(ndcg(rows, relevant, 10))
    }
  }
  return scores
}

export function compared(embedded: Quality, milvus: Quality): Row[] {
  return TYPES.map((type) => {
    const difference = bootstrap(milvus[type].map((value, i) => value - (embedded[type][i] ?? 0)))
    const [low, high] = [difference.low, difference.high].map((value) => value.toFixed(4))
    const both = `${mean(embedded[type]).toFixed(4)}, ${mean(milvus[type]).toFixed(4)}`
    return [`nDCG@10 ${type}: embedded, Milvus, difference`, `${both}, ${difference.mean.toFixed(4)} [${low}, ${high}]`]
  })
}

const Answer = z.object({ search_statistics: z.object({ engine: z.string() }) })

/** A search over one kept connection, its answer read as a client would. @throws Error where Milvus did not look */
export function searcher({ url }: RunningServer) {
  const pool = new Pool(url, { connections: 1 })
  return {
    async search(query: string): Promise<void> {
      const body = JSON.stringify({ query, search_type: 'semantic' })
      const headers = { 'content-type': 'application/json' }
      const response = await pool.request({ path: PATH, method: 'POST', headers, body })
      const { engine } = Answer.parse(await response.body.json()).search_statistics
      if (engine !== 'milvus') throw new Error(`${engine} looked for the vectors`)
    },
    close: () => pool.close(),
  }
}
