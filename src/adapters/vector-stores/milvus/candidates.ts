import type { ChunkId } from '../../../core/ids.ts'
import type { VectorReplica, VectorStore } from '../../../core/ports/search.ts'
import { METRIC, searchParameters } from './collection.ts'
import type { Connection } from './connection.ts'
import { inScope } from './expression.ts'
import { sparse, SPARSE } from './full-text.ts'
import { named, type Rows } from './rows.ts'
import { MOST_HITS } from './store.ts'

/** By words and vector in one request (milvus.io/docs/multi-vector-search.md), or by the one that there is. */
export function createCandidateSearch(
  rows: Rows,
  connection: Connection,
  store: Pick<VectorStore, 'search'>,
): VectorReplica['candidates'] {
  return async (scope, { vector, terms }, limit, options) => {
    if (terms.ids.length === 0) {
      const hits = vector === undefined ? [] : await store.search(scope, vector, limit, options)
      return hits.map(({ chunk }) => chunk)
    }
    const filter = inScope(scope)
    if (filter === undefined || limit < 1) return []
    const most = Math.min(limit, MOST_HITS)
    const words = {
      anns_field: 'sparse',
      data: sparse(terms),
      metric_type: SPARSE.metric_type,
      params: {},
      limit: most,
      // The filter of a request for both is not seen by its parts in all versions.
      expr: filter,
    }
    return rows.within(async () => {
      const common = {
        collection_name: rows.knownName(),
        output_fields: ['chunk'],
        consistency_level: named(rows.consistency()),
      }
      const { results } =
        vector === undefined
          ? await connection.call((client) => client.search({ ...common, ...words }), options)
          : await connection.call(
              (client) =>
                client.hybridSearch({
                  ...common,
                  filter,
                  data: [
                    {
                      anns_field: 'vector',
                      data: Array.from(vector),
                      metric_type: METRIC,
                      params: searchParameters(rows.index, most),
                      limit: most,
                      expr: filter,
                    },
                    words,
                  ],
                  rerank: { strategy: 'rrf', params: { k: RRF_K } },
                  limit: Math.min(2 * most, MOST_HITS),
                }),
              options,
            )
      return results.map(({ chunk }) => Number(chunk) as ChunkId)
    }, options)
  }
}

/** Cormack, Clarke and Buettcher (2009). The order does not matter here: all of both are wanted. */
const RRF_K = 60
