import { AppError } from '../../core/errors.ts'
import type { ChunkId } from '../../core/ids.ts'
import type { CallOptions, Embedder, HybridIndex, Scope, SearchType } from '../../core/ports.ts'
import type { Database } from '../../database/database.ts'
import { relevance } from '../../index/fusion.ts'
import { queryText } from '../../index/query.ts'
import * as repository from './repository.ts'
import type { RankedPassage } from './ranked-passage.ts'
import { byDocument, type DocumentResult } from './results.ts'

export interface PassageSearch {
  readonly type: SearchType
  readonly limit: number
  /** Passages of documents that were uploaded in this chat go before others that are about as good. */
  readonly preferChat?: string | undefined
}

export interface Retrieved {
  /** Best first. */
  readonly passages: readonly RankedPassage[]
  readonly terms: readonly string[]
  readonly engine: string
}

export interface DocumentSearch {
  readonly query: string
  readonly type: SearchType
  /** How many documents the caller wants to see. */
  readonly limit: number
  readonly threshold: number
  readonly chunkSize: number | undefined
}

export interface DocumentsFound {
  /** Best first. */
  readonly results: readonly DocumentResult[]
  /** Documents that reach the threshold, also those beyond the limit. */
  readonly above: number
  readonly searched: number
  readonly engine: string
  readonly milliseconds: number
}

export interface RetrievalOptions {
  /** Passages shown of one document. */
  readonly resultsPerDocument: number
  /** Longest time of one search in milliseconds. */
  readonly timeoutMs: number
  /** False while the index is being loaded: a search would find only a part. */
  readonly ready: () => boolean
  /** Resolves when the index shows what was committed before the call. */
  readonly caughtUp: () => Promise<void>
}

export type RetrievalService = ReturnType<typeof createRetrieval>

export function createRetrieval(
  { database, embedder, index }: { database: Database; embedder: Embedder; index: HybridIndex },
  { resultsPerDocument, timeoutMs, ready, caughtUp }: RetrievalOptions,
) {
  function checkReady(): void {
    if (!ready()) throw new AppError('not_ready', 'The search index is still being loaded. Try again in a moment.')
  }

  /** Refuses ids that are not the owner's, in the words that an id of nobody gets. */
  async function checkedScope(scope: Scope): Promise<Scope> {
    checkReady()
    if (scope.documents === undefined) return scope
    const owned = await repository.ownedDocuments(database.read, scope.owner, scope.documents)
    const missing = scope.documents.find((id) => !owned.has(id))
    if (missing !== undefined) throw new AppError('not_found', `There is no document ${missing}.`)
    return scope
  }

  async function queryVector(query: string, options: CallOptions): Promise<Float32Array> {
    const [vector] = await embedder.embed([query], 'query', options)
    if (vector === undefined) throw new Error('The embedder gave no vector for a text')
    return vector
  }

  async function candidates(scope: Scope, text: string, { type, limit }: PassageSearch, options: CallOptions) {
    const meant = queryText(text)
    // A query that only excludes says nothing that could be read.
    const vector = type === 'keyword' || meant === '' ? undefined : await queryVector(meant, options)
    const { sigma } = embedder
    return index.rank(scope, { type, text, vector, sigma, depth: Math.max(CANDIDATES, limit) }, options)
  }

  async function search(
    scope: Scope,
    query: string,
    request: PassageSearch,
    options: CallOptions = {},
  ): Promise<Retrieved> {
    checkReady()
    const { signal } = options
    const deadline = AbortSignal.timeout(timeoutMs)
    try {
      return await searchWithin(scope, query, request, {
        signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
      })
    } catch (error) {
      if (!deadline.aborted || signal?.aborted === true) throw error
      throw new AppError('timed_out', `The search took longer than ${timeoutMs / 1000} s (QUERY_TIMEOUT).`, {
        cause: error,
      })
    }
  }

  async function searchWithin(
    scope: Scope,
    query: string,
    request: PassageSearch,
    options: CallOptions & { readonly signal: AbortSignal },
    isLate = false,
  ): Promise<Retrieved> {
    await checkedScope(scope)
    const found = await candidates(scope, query, request, options)
    // Ids of passages come as plain numbers out of the index.
    const chunks = Array.from(found.chunks, (chunk) => chunk as ChunkId)
    const preferred =
      request.preferChat === undefined
        ? undefined
        : await repository.chunksOfChat(database.read, scope.owner, request.preferChat, chunks)
    const scoreOf = (i: number): number =>
      (found.fused[i] ?? 0) + (preferred?.has(chunks[i] as ChunkId) === true ? CHAT_PREFERENCE : 0)
    const ranked = chunks
      .map((chunk, i) => ({ chunk, i, score: scoreOf(i) }))
      .sort((a, b) => b.score - a.score || a.chunk - b.chunk)

    let gone = 0
    const passages: RankedPassage[] = []
    // Texts are read of as many as are wanted; more only where some of those are gone.
    for (let at = 0; at < ranked.length && passages.length < request.limit;) {
      const next = ranked.slice(at, at + request.limit - passages.length)
      at += next.length
      const stored = await repository.passages(
        database.read,
        scope.owner,
        next.map(({ chunk }) => chunk),
      )
      for (const { chunk, i, score } of next) {
        const passage = stored.get(chunk)
        if (passage === undefined) {
          gone++
          continue
        }
        passages.push({
          ...passage,
          cosine: found.cos[i] ?? Number.NaN,
          bm25: found.bm25[i] ?? 0,
          fused: score,
          relevance: relevance(score, embedder.sigma),
          keyword: found.rel[i] ?? 0,
        })
      }
    }
    // The index may be behind the store: of a document that was just read it knows nothing yet, and of one that was read
    // anew only passages that are gone.
    if ((gone > 0 || chunks.length === 0) && !isLate) {
      await caughtUp()
      options.signal.throwIfAborted()
      return searchWithin(scope, query, request, options, true)
    }
    return { passages, terms: found.query.terms, engine: 'embedded' }
  }

  /** How many there are in the scope. Only the index knows which of them meet a filter. */
  async function searchedDocuments(scope: Scope, options: CallOptions): Promise<number> {
    if (scope.filter !== undefined) return index.countDocuments(scope, options)
    return scope.documents?.length ?? repository.searchableDocuments(database.read, scope.owner)
  }

  async function searchDocuments(
    scope: Scope,
    request: DocumentSearch,
    options: CallOptions = {},
  ): Promise<DocumentsFound> {
    const query = request.query.trim()
    if (query === '') throw new AppError('invalid_request', 'The query is empty. Say what to look for.')
    const startedAt = performance.now()
    // A document may hold several of the candidates, so more are asked for than documents are wanted.
    const limit = Math.max(2 * CANDIDATES, 2 * request.limit)
    const { passages, engine } = await search(scope, query, { type: request.type, limit }, options)
    const ids = [...new Set(passages.map((passage) => passage.documentId))]
    const [summaries, searched] = await Promise.all([
      repository.documentSummaries(database.read, scope.owner, ids),
      searchedDocuments(scope, options),
    ])
    const { threshold, chunkSize } = request
    const shown = { limit: request.limit, threshold, chunksPerDocument: resultsPerDocument, chunkSize }
    return {
      ...byDocument(query, passages, summaries, shown),
      searched,
      engine,
      milliseconds: performance.now() - startedAt,
    }
  }

  return { search, searchDocuments, checkedScope }
}

/** Of each leg: fewer lose accuracy, more win none (the design's ranking study, "Lists cut at the top K"). */
const CANDIDATES = 100

/** In the unit of fused scores: a third of what the words of a long question are worth. */
const CHAT_PREFERENCE = 0.7
