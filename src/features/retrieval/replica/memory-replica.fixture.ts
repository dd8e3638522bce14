import type { ChunkId, DocumentId, UserId } from '../../../core/ids.ts'
import { ProviderFailure } from '../../../core/provider-failure.ts'
import type { VectorReplica } from '../../../core/ports/search.ts'

interface Row {
  readonly chunk: ChunkId
  readonly owner: UserId
  readonly document: DocumentId
}

/** A replica in memory whose server can be taken away, emptied and made to refuse: what the real one does in seconds. */
export function memoryReplica(called = 'replica', { namedLate = false } = {}) {
  const rows = new Map<ChunkId, Row>()
  const state = {
    rows,
    fails: undefined as Error | undefined,
    isNew: false,
    refusesDrops: false,
    refused: 0,
    /** Rows that are there a second time. */
    doubled: 0,
    /** What a write waits for. */
    holds: undefined as Promise<void> | undefined,
  }
  const there = (): void => {
    if (state.fails !== undefined) throw state.fails
  }
  const unused = (): never => {
    throw new Error('The follower does not ask for this')
  }
  let name = namedLate ? undefined : called
  const replica: VectorReplica = {
    get name() {
      return name
    },
    supports: { filterOps: [], atomicReplace: false, fullText: false },
    takesTerms: false,
    async probe() {
      there()
      name = called
      const { isNew } = state
      state.isNew = false
      return { version: 'memory', isNew }
    },
    async putDocuments(documents) {
      await state.holds
      there()
      const ids = new Set<string>(documents.map(({ document }) => document))
      const next = documents.flatMap(({ owner, document, rows: its }) =>
        its.map(({ chunk }): Row => ({ chunk, owner, document })),
      )
      const wanted = new Set(next.map(({ chunk }) => chunk))
      for (const row of rows.values()) if (ids.has(row.document) && !wanted.has(row.chunk)) rows.delete(row.chunk)
      const missing = next.filter(({ chunk }) => !rows.has(chunk))
      for (const row of missing) rows.set(row.chunk, row)
      return { added: missing.length }
    },
    async deleteDocuments(owner, documents) {
      there()
      const gone = new Set<string>(documents)
      for (const row of rows.values()) if (row.owner === owner && gone.has(row.document)) rows.delete(row.chunk)
    },
    async inventory(from, below) {
      there()
      const chunks = [...rows.keys()].filter((chunk) => chunk >= from && chunk < below)
      return { chunks, rows: chunks.length + (below === Infinity ? 0 : state.doubled) }
    },
    async removeChunks(chunks) {
      there()
      state.doubled = 0
      for (const chunk of chunks) rows.delete(chunk)
    },
    async drop() {
      if (!state.refusesDrops) return true
      state.refused += 1
      throw new ProviderFailure('upstream_failed', 'The token has no right to it.', { kind: 'request' })
    },
    async count() {
      there()
      return rows.size + state.doubled
    },
    changed: () => undefined,
    seal: async () => undefined,
    vectors: unused,
    candidates: unused,
    search: unused,
    score: unused,
    neighbours: unused,
    replaceDocument: unused,
    describeDocuments: unused,
    close: async () => undefined,
  }
  return Object.defineProperties(state, Object.getOwnPropertyDescriptors(replica)) as typeof state & VectorReplica
}
