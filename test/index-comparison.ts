// Holds what an index answers against the reference (src/index/reference.fixture.ts).
import assert from 'node:assert/strict'
import type { ChunkId, DocumentId, UserId } from '../src/core/ids.ts'
import type { Candidates, QueryTerms, RankQuery, Scope, ScoredChunk, SearchType } from '../src/core/ports/search.ts'
import type { EmbeddedIndex } from '../src/index/embedded-index.ts'
import { parseQuery, queryText } from '../src/index/query.ts'
import { bestFirst, type ReferenceIndex, type Scored } from '../src/index/reference.fixture.ts'

type Index = Pick<EmbeddedIndex, 'words' | 'vectors' | 'rank'>

export interface Question {
  readonly owner: UserId
  readonly documents?: readonly DocumentId[] | undefined
  readonly text: string
  readonly vector: Float32Array
}

/** Of scores of any kind. */
const TOLERANCE = 1e-5
/** Two passages so near to each other are in either order right: sums are not added up in the same order. */
const TIE = 1e-9
const SIGMA = 0.0625
const DEPTH = 100

const isNear = (a: number, b: number): boolean => (Number.isNaN(a) ? Number.isNaN(b) : Math.abs(a - b) <= TOLERANCE)

interface Comparison {
  /** All three where it is absent. */
  readonly types?: readonly SearchType[]
  /** Of the lists of both legs. */
  readonly limit?: number
  /** Scored by each leg alone, with the passages that the lists name; absent: none are. */
  readonly others?: readonly ChunkId[]
}

/**
 * The list of the words and that of the nearest, what passages score, and what the whole formula makes of them.
 * @returns whether all was compared: which passages may rise cannot be told where the last of them are even
 */
export async function compare(
  index: Index,
  reference: ReferenceIndex,
  question: Question,
  { types = ['hybrid', 'keyword', 'semantic'], limit = DEPTH, others }: Comparison = {},
): Promise<boolean> {
  const { documents, text, vector } = question
  const scope: Scope = { owner: question.owner, documents }
  const queries = types.map((type): RankQuery => {
    const asked = type === 'keyword' || queryText(text) === '' ? undefined : vector
    return { type, text, vector: asked, sigma: SIGMA, depth: DEPTH }
  })
  const answers = Promise.all([
    index.words.search(scope, text, limit),
    index.vectors.search(scope, vector, limit),
    ...queries.map((asked) => index.rank(scope, asked)),
  ])
  // The reference works while the index does, in its thread.
  const most = Math.max(limit, DEPTH)
  const byWords = reference.search(documents, text, most)
  const byVector = reference.nearest(documents, vector, '', most)
  const [{ hits, query }, near, ...rankings] = await answers
  checkList('words', hits, byWords, limit)
  checkList('vectors', near, byVector, limit)
  checkQuery(query, reference, text)

  if (others !== undefined) {
    const chunks = [...new Set([...hits, ...near].map(({ chunk }) => chunk).concat(others))]
    const words = await index.words.score(scope, text, chunks)
    const { bm25, phrase } = reference.score(documents, text, chunks)
    checkAll('BM25', words.bm25, bm25)
    checkAll('pairs of words', words.phrase, phrase)
    const cosines = await index.vectors.score(scope, vector, chunks)
    checkAll('cosine', cosines, reference.cosines(documents, vector, chunks))
  }

  const meeting = hasConditions(text) ? reference.nearest(documents, vector, text, most) : byVector
  return queries
    .map((asked, i) => {
      const legs = [asked.type === 'semantic' ? [] : byWords, asked.vector === undefined ? [] : meeting]
      return checkRanking(rankings[i] as Candidates, legs, reference, asked, documents)
    })
    .every(Boolean)
}

function checkRanking(
  found: Candidates,
  legs: readonly (readonly Scored[])[],
  reference: ReferenceIndex,
  query: RankQuery,
  documents: Question['documents'],
): boolean {
  const chunks = Array.from(found.chunks, (chunk) => chunk as ChunkId)
  checkCandidates(chunks, legs, query.depth)
  const expected = reference.rank(documents, query, chunks)
  const column = (name: 'cos' | 'bm25' | 'rel' | 'unlifted' | 'score'): number[] => expected.map((row) => row[name])
  checkAll('cosine of candidates', found.cos, column('cos'))
  checkAll('BM25 of candidates', found.bm25, column('bm25'))
  checkAll('share of the words', found.rel, column('rel'))
  if (query.type === 'hybrid' && isTie(column('unlifted'), RISING)) return false
  checkAll(`${query.type} score`, found.fused, column('score'))
  checkList(query.type, ranked(found), bestFirst(expected), chunks.length)
  return true
}

function checkQuery(query: QueryTerms, reference: ReferenceIndex, text: string): void {
  const expected = reference.query(text)
  assert.ok(isNear(query.idfSum, expected.idfSum), `sum of idf ${query.idfSum}, expected ${expected.idfSum}`)
  checkAll('idf', query.idf, expected.idf)
  assert.equal(query.terms.length, expected.terms.length)
  query.terms.forEach((term, i) => {
    const wanted = expected.terms[i] ?? ''
    // One word of several stems that are in no passage is called by any of them.
    if (reference.holds(wanted)) assert.equal(term, wanted)
  })
}

function hasConditions(text: string): boolean {
  const { required, excluded } = parseQuery(text)
  return required.length + excluded.length > 0
}

const RISING = 50

/** As whoever asks for candidates orders them. */
const ranked = ({ chunks, fused }: Candidates): ScoredChunk[] =>
  bestFirst(Array.from(chunks, (chunk, i) => ({ chunk: chunk as ChunkId, score: fused[i] ?? Number.NaN })))

/** Scores at each place as expected, each passage with its own, none twice; equal ones in the order of their ids. */
function checkList(what: string, hits: readonly ScoredChunk[], expected: readonly Scored[], limit: number): void {
  assert.equal(hits.length, Math.min(limit, expected.length), `length of the list: ${what}`)
  // Beyond the last one that it may be, no passage is right.
  const least = (expected[hits.length - 1]?.score ?? 0) - TOLERANCE
  const end = expected.findIndex(({ score }) => score < least)
  const possible = end === -1 ? expected : expected.slice(0, end)
  const scoreOf = new Map(possible.map(({ chunk, score }) => [chunk, score]))
  hits.forEach(({ chunk, score }, place) => {
    const wanted = expected[place] as Scored
    assert.ok(
      isNear(score, wanted.score),
      `${what}, place ${place}: ${score} (${chunk}), expected ${wanted.score} (${wanted.chunk})`,
    )
    const own = scoreOf.get(chunk)
    assert.ok(own !== undefined, `${what}: ${chunk} may not be found`)
    assert.ok(isNear(score, own), `${what}, chunk ${chunk}: ${score}, expected ${own}`)
    scoreOf.delete(chunk)
    const before = hits[place - 1]
    if (before?.score === score) assert.ok(before.chunk < chunk, `${what}: ${before.chunk} stands before ${chunk}`)
  })
}

/** The best `depth` of each list and nothing else; which of those that tie with the last one is left open. */
function checkCandidates(chunks: readonly ChunkId[], legs: readonly (readonly Scored[])[], depth: number): void {
  const candidates = new Set(chunks)
  assert.equal(candidates.size, chunks.length, 'a candidate is there twice')
  const allowed = new Set<ChunkId>()
  for (const leg of legs) {
    const last = leg[depth - 1]?.score ?? -Infinity
    for (const { chunk, score } of leg) {
      if (score < last - TIE) break
      allowed.add(chunk)
      if (score > last + TIE) assert.ok(candidates.has(chunk), `${chunk} is missing among the candidates`)
    }
    const most = leg.filter(({ chunk }) => candidates.has(chunk)).length
    assert.ok(most >= Math.min(depth, leg.length), `${most} candidates of a list of ${leg.length}`)
  }
  for (const chunk of chunks) assert.ok(allowed.has(chunk), `${chunk} is no candidate`)
}

function checkAll(what: string, scores: ArrayLike<number>, expected: readonly number[]): void {
  assert.equal(scores.length, expected.length, what)
  expected.forEach((wanted, i) => {
    const score = scores[i] as number
    if (!isNear(score, wanted)) assert.fail(`${what} ${i}: ${score}, expected ${wanted}`)
  })
}

/** Whether it cannot be told which of the scores are the best `count`. */
function isTie(scores: readonly number[], count: number): boolean {
  const order = scores.toSorted((a, b) => b - a)
  const [last, next] = [order[count - 1], order[count]]
  return last !== undefined && next !== undefined && last - next < TIE && last !== next
}
