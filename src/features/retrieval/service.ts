import { AppError } from '../../core/errors.ts'
import type { ChunkId, DocumentId } from '../../core/ids.ts'
import type { Embedder } from '../../core/ports/embedding.ts'
import type { HybridIndex, Reranker, Scope, SearchType } from '../../core/ports/search.ts'
import type { CallOptions, Logger } from '../../core/ports/surroundings.ts'
import type { Database } from '../../database/database.ts'
import { relevance } from '../../index/fusion.ts'
import { queryText } from '../../index/query.ts'
import { readQuery, type ReadQuery } from './query-vector.ts'
import { refuseForeign } from './owned-scope.ts'
import * as repository from './repository.ts'
import type { RankedCandidate, RankedPassage } from './ranked-passage.ts'
import { reranked } from './reranking.ts'
import { byDocument, type DocumentResult } from './results.ts'
import { createSelectionReader, nearDuplicates, type ReadPassages } from './selection-reader.ts'
import type { SelectionRules } from './selection.ts'
import { widened, type WidenedPassage } from './widening.ts'

export interface PassageSearch {
  readonly type: SearchType
  readonly limit: number
  /** Passages of documents that were uploaded in this chat go before others that are about as good. */
  readonly preferChat?: string | undefined
}

export interface Retrieved {
  /** Best first. */
  readonly passages: readonly WidenedPassage[]
  readonly terms: readonly string[]
  readonly engine: string
  readonly failures: readonly SearchFailure[]
}

/** What a search had to do without, so that it is worth asking again. */
export interface SearchFailure {
  readonly part: 'embeddings' | 'reranking'
  /** A sentence. */
  readonly message: string
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
  readonly failures: readonly SearchFailure[]
}

export interface RetrievalDeps {
  readonly database: Database
  readonly embedder: Embedder
  readonly index: HybridIndex
  /** Orders the best of a search that is not one by words anew. */
  readonly reranker?: Reranker | undefined
  readonly logger: Logger
}

export interface RetrievalOptions {
  /** Passages shown of one document. */
  readonly resultsPerDocument: number
  /** Of passages that say the same only the best is shown, and names the others. */
  readonly hidesNearDuplicates: boolean
  /** Longest time of one search in milliseconds. */
  readonly timeoutMs: number
  /** False while the index is being loaded: a search would find only a part. */
  readonly ready: () => boolean
  /** Resolves when the index shows what was committed before the call. */
  readonly caughtUp: () => Promise<void>
}

type Timed = CallOptions & { readonly signal: AbortSignal }

interface FindRequest {
  readonly type: SearchType
  /** How many of the best of each leg, and of both together, are looked at first; more only where these leave it short. */
  readonly depth: number
  /** So many candidates are looked up in the database at a time, until there are enough passages. */
  readonly step: number
  readonly preferChat?: string | undefined
  readonly rules: SelectionRules
}

interface Found extends Omit<Retrieved, 'passages'> {
  /** Best first. */
  readonly passages: readonly RankedPassage[]
  /** Best first; all that were looked at. */
  readonly candidates: readonly RankedCandidate[]
  /** Documents of the scope. */
  readonly searched: number
}

export type RetrievalService = ReturnType<typeof createRetrieval>

export function createRetrieval(
  { database, embedder, index, reranker, logger }: RetrievalDeps,
  { resultsPerDocument, hidesNearDuplicates, timeoutMs, ready, caughtUp }: RetrievalOptions,
) {
  function checkReady(): void {
    if (!ready()) throw new AppError('not_ready', 'The search index is still being loaded. Try again in a moment.')
  }

  /** Refuses ids that are not the owner's, in the words that an id of nobody gets. */
  async function checkedScope(scope: Scope): Promise<Scope> {
    checkReady()
    await refuseForeign(database.read, scope)
    return scope
  }

  /** The search within its time; `find` starts anew once where the index was behind the store. */
  async function timed<T>(options: CallOptions, find: (options: Timed) => Promise<T>): Promise<T> {
    checkReady()
    const { signal } = options
    const deadline = AbortSignal.timeout(timeoutMs)
    try {
      return await find({ signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]) })
    } catch (error) {
      if (!deadline.aborted || signal?.aborted === true) throw error
      throw new AppError('timed_out', `The search took longer than ${timeoutMs / 1000} s (QUERY_TIMEOUT).`, {
        cause: error,
      })
    }
  }

  async function find(
    scope: Scope,
    query: string,
    request: FindRequest,
    options: Timed,
    isLate = false,
  ): Promise<Found> {
    await checkedScope(scope)
    const meant = queryText(query)
    // A query that only excludes says nothing that could be read.
    const failures: SearchFailure[] = []
    const byWords = request.type === 'keyword' || meant === ''
    // What is left of the time is enough to search by words.
    const reading = { embedder, logger, milliseconds: timeoutMs / 2 }
    const { vector, failure } = byWords ? NOT_READ : await readQuery(meant, reading, options)
    if (failure !== undefined) failures.push({ part: 'embeddings', message: failure })
    const type = failure === undefined ? request.type : 'hybrid'
    const read: ReadPassages = (wanted) => repository.passages(database.read, scope.owner, wanted)
    const selected = createSelectionReader(read, hidesNearDuplicates ? nearDuplicates() : undefined)
    const { rules } = request
    const looked = new Set<ChunkId>()
    let ranked: RankedCandidate[] = []
    let passages: readonly RankedPassage[] = []
    let gone = false
    let last: RankedCandidate | undefined
    for (let depth = request.depth; ; depth = Math.min(DEEPER * depth, DEEPEST)) {
      const { best, terms, searched, engine } = await ranking(
        scope,
        query,
        vector,
        { ...request, type, depth },
        options,
      )
      const isFirst = looked.size === 0
      const behind =
        isFirst && !byWords ? await again(meant, best, read, failures, options) : notYet(looked, best, last)
      // The deeper, the more at a time: each time the list is gone through from its beginning.
      const step = Math.ceil((request.step * depth) / request.depth)
      for (let at = 0; at < behind.length && isOpen(passages, rules, behind[at]?.fused ?? 0); at += step) {
        ranked = [...ranked, ...behind.slice(at, at + step)]
        const selection = await selected(ranked, rules)
        passages = selection.passages
        if (selection.gone.size === 0) continue
        gone = true
        ranked = ranked.filter(({ chunkId }) => !selection.gone.has(chunkId))
      }
      // The index may be behind the store: of a document that was just read it knows nothing yet, and of one that was read
      // anew only passages that are gone.
      if ((gone || best.length === 0) && !isLate) {
        await caughtUp()
        options.signal.throwIfAborted()
        return find(scope, query, request, options, true)
      }
      for (const { chunkId } of behind) looked.add(chunkId)
      last = behind.at(-1) ?? last
      const mayHoldMore = best.length === depth && depth < DEEPEST && isShort(passages, rules)
      if (!mayHoldMore || !mayShowMore(ranked, searched, rules)) {
        return { candidates: ranked, passages, terms, searched, engine, failures }
      }
    }
  }

  /** The best of both legs together, best first, at most `depth` of them; as many where there may be more. */
  async function ranking(
    scope: Scope,
    text: string,
    vector: Float32Array | undefined,
    { type, depth, preferChat }: FindRequest,
    options: CallOptions,
  ) {
    const [found, added] = await Promise.all([
      index.rank(scope, { type, text, vector, sigma: embedder.sigma, depth }, options),
      preferChat === undefined ? undefined : repository.documentsOfChat(database.read, scope.owner, preferChat),
    ])
    const { chunks, documents, searched } = found
    const fused = added === undefined ? found.fused : preferring(added, documents, found.fused)
    const order = Array.from(chunks.keys())
    order.sort((a, b) => (fused[b] as number) - (fused[a] as number) || (chunks[a] as number) - (chunks[b] as number))
    const best = order.slice(0, depth).map((i): RankedCandidate => ({
      // Ids of passages come as plain numbers out of the index.
      chunkId: chunks[i] as ChunkId,
      documentId: documents[i] as DocumentId,
      fused: fused[i] as number,
      relevance: relevance(fused[i] as number, embedder.sigma),
      cosine: found.cos[i] as number,
      bm25: found.bm25[i] as number,
      keyword: found.rel[i] as number,
    }))
    return { best, terms: found.query.terms, searched, engine: found.engine ?? 'embedded' }
  }

  /** In the order that a reranker gives them, where there is one. */
  async function again(
    query: string,
    best: readonly RankedCandidate[],
    read: ReadPassages,
    failures: SearchFailure[],
    options: Timed,
  ): Promise<readonly RankedCandidate[]> {
    if (reranker === undefined) return best
    const { best: ordered, failure } = await reranked(query, best, { reranker, read, logger }, options)
    if (failure !== undefined) failures.push({ part: 'reranking', message: failure })
    return ordered
  }

  /** What a deeper look finds comes behind what was found before, whose scores stay: none of that loses its place. */
  function notYet(
    looked: ReadonlySet<ChunkId>,
    best: readonly RankedCandidate[],
    last: RankedCandidate | undefined,
  ): readonly RankedCandidate[] {
    if (last === undefined) return best
    return best
      .filter(({ chunkId }) => !looked.has(chunkId))
      .map((candidate) => {
        const fused = Math.min(candidate.fused, last.fused)
        return { ...candidate, fused, relevance: Math.min(relevance(fused, embedder.sigma), last.relevance) }
      })
  }

  /** The best passages for an answer: no copies, and of one document only more than a few where others have nothing as good. */
  function search(
    scope: Scope,
    query: string,
    { type, limit, preferChat }: PassageSearch,
    options: CallOptions = {},
  ): Promise<Retrieved> {
    const rules = {
      passages: limit,
      documents: limit,
      threshold: 0,
      perDocument: resultsPerDocument,
      handicap: ABOUT_AS_GOOD,
    }
    return timed(options, async (within) => {
      const { passages, terms, engine, failures } = await find(
        scope,
        query,
        { type, preferChat, depth: Math.max(CANDIDATES, limit), step: LOOKED_UP * limit, rules },
        within,
      )
      const whole = await widened(passages, (positions) => repository.passagesAt(database.read, scope.owner, positions))
      return { passages: whole, terms, engine, failures }
    })
  }

  async function searchDocuments(
    scope: Scope,
    request: DocumentSearch,
    options: CallOptions = {},
  ): Promise<DocumentsFound> {
    const query = request.query.trim()
    if (query === '') throw new AppError('invalid_request', 'The query is empty. Say what to look for.')
    const startedAt = performance.now()
    const { type, limit, threshold, chunkSize } = request
    const rules = {
      passages: Infinity,
      documents: limit,
      threshold,
      perDocument: resultsPerDocument,
      handicap: Infinity,
    }
    // A document may hold several of the candidates.
    const depth = Math.max(CANDIDATES, 2 * limit)
    const found = await timed(options, (within) => find(scope, query, { type, depth, step: depth, rules }, within))
    const { candidates: ranked, passages, searched, engine, failures } = found
    return {
      ...byDocument(query, passages, ranked, { threshold, chunkSize }),
      searched,
      engine,
      failures,
      milliseconds: performance.now() - startedAt,
    }
  }

  return { search, searchDocuments, checkedScope }
}

const preferring = (
  preferred: ReadonlySet<DocumentId>,
  documents: readonly DocumentId[],
  fused: Float64Array,
): Float64Array => fused.map((score, i) => score + (preferred.has(documents[i] as DocumentId) ? CHAT_PREFERENCE : 0))

const NOT_READ: ReadQuery = { vector: undefined }

/** Of each leg: fewer lose accuracy, more win none (the design's ranking study, "Lists cut at the top K"). */
const CANDIDATES = 100

/** In the unit of fused scores: a third of what the words of a long question are worth. */
const CHAT_PREFERENCE = 0.7

/** A look that leaves too little to show is followed by one that is so many times as deep, up to `DEEPEST` of each leg. */
const DEEPER = 4
const DEEPEST = 4000

/** Whether there is room for more documents, or for more passages. */
const isShort = (passages: readonly RankedPassage[], rules: SelectionRules): boolean =>
  passages.length < rules.passages && documentCount(passages) < rules.documents

const documentCount = (of: readonly RankedCandidate[]): number => new Set(of.map(({ documentId }) => documentId)).size

/** Whether what is behind these candidates could still be shown; where all documents are among them, no other could. */
function mayShowMore(ranked: readonly RankedCandidate[], searched: number, rules: SelectionRules): boolean {
  if ((ranked.at(-1)?.relevance ?? 0) < rules.threshold) return false
  return rules.passages !== Infinity || documentCount(ranked) < searched
}

/** Whether a candidate with the score `next`, and so those behind it, may still be selected. */
const isOpen = (passages: readonly RankedPassage[], rules: SelectionRules, next: number): boolean =>
  passages.length < rules.passages || next >= (passages.at(-1)?.fused ?? 0) - rules.handicap

/** For each passage of an answer: copies, passages that are gone and more of one document are seldom so many. */
const LOOKED_UP = 4

/** In the unit of fused scores: what a passage must be better by than one of another document, to be one more of its own. */
const ABOUT_AS_GOOD = 0.5
