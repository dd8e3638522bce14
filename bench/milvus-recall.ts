// How much of the exact nearest a vector store finds. Used by bench/milvus.ts and test/services/milvus-recall.test.ts.
import type { IndexedVector, VectorStore } from '../src/core/ports/search.ts'
import type { UserId } from '../src/core/ids.ts'

const NEAREST = 10
/** As the retrieval service asks. */
const DEPTH = 100

/** Share of the exact ten nearest among the first ten of a search, for each query. @param rows all that the owner has */
export async function recallOfTen(
  store: Pick<VectorStore, 'search'>,
  owner: UserId,
  rows: readonly IndexedVector[],
  queries: readonly Float32Array[],
): Promise<number[]> {
  const shares: number[] = []
  for (const query of queries) {
    const found = await store.search({ owner }, query, DEPTH)
    const exact = exactNearest(rows, query)
    shares.push(found.slice(0, NEAREST).filter(({ chunk }) => exact.has(chunk)).length / NEAREST)
  }
  return shares
}

/** By all products. */
function exactNearest(rows: readonly IndexedVector[], query: Float32Array): ReadonlySet<number> {
  const scored = rows.map(({ chunk, vector }) => {
    let score = 0
    for (let i = 0; i < query.length; i++) score += (query[i] as number) * (vector[i] as number)
    return { chunk, score }
  })
  scored.sort((a, b) => b.score - a.score || a.chunk - b.chunk)
  return new Set(scored.slice(0, NEAREST).map(({ chunk }) => chunk))
}
