import { type ChunkDraft, passageText } from '../../core/documents.ts'
import type { UserId } from '../../core/ids.ts'
import type { Embedder } from '../../core/ports/embedding.ts'
import type { QueryTerms } from '../../core/ports/search.ts'
import type { CallOptions, Logger } from '../../core/ports/surroundings.ts'
import type { createTurns } from '../../core/turns.ts'
import { BM25_B, BM25_K1 } from '../../index/bm25.ts'
import { fuse, relevance } from '../../index/fusion.ts'
import type { PageOfAnswer } from './answer-web.ts'
import { dotProduct } from './row-products.ts'
import type { RankedPassage } from './passages.ts'
import { contentWords } from './question.ts'
import type { VerifyDependencies } from './verify.ts'
import { readableTitle, wordsOf } from './words.ts'

export interface WebPassagesDependencies {
  readonly words: VerifyDependencies['words']
  readonly embedder: Embedder
  readonly logger: Logger
  readonly inTurn: ReturnType<typeof createTurns>
}

export interface WebPassagesInput {
  readonly owner: UserId
  readonly question: string
  readonly pages: readonly PageOfAnswer[]
  /** Of the documents, with which they are brought onto one scale. */
  readonly passages: readonly RankedPassage[]
}

/** Passages that the web adds to those of the documents. */
const MOST_PASSAGES = 5
/**
 * Passages that get a vector, the best by their words: of each page an equal share, and at least the second number. A long one
 * takes the shipped model .35 s where two cores have much else to do, so there are few.
 */
const MOST_COMPARED = 6
const FEWEST_OF_PAGE = 2
/** Milliseconds: a slower encoder is done without, for this question. */
const VECTORS_DEADLINE_MS = 1500
/** In units of sigma: a page that the question names goes before what is about as good, as much as a full match of its words. */
const NAMED_PREFERENCE = 2

interface Found {
  readonly of: PageOfAnswer
  readonly chunk: ChunkDraft
  readonly bm25: number
}

/**
 * The passages of the pages that say most to a question, best first, with scores as those of the documents' passages: BM25
 * (Robertson and Zaragoza 2009) with the rarity that the words have in the owner's documents, cosine, and both together as
 * index/fusion.ts does.
 */
export async function webPassages(
  { owner, question, pages, passages }: WebPassagesInput,
  deps: WebPassagesDependencies,
  options: CallOptions,
): Promise<RankedPassage[]> {
  if (pages.length === 0) return []
  const asked = contentWords(question)
  const weights = await deps.words.idf(
    owner,
    asked.map(({ text }) => text),
    options,
  )
  const idf = new Map(asked.map(({ stem }, i) => [stem, weights[i] ?? 0]))
  const compared = bestOfEach(pages, await scored(pages, idf, deps.inTurn))
  const cosines = await cosinesOf(question, compared, deps, options)

  const { sigma } = deps.embedder
  const query: QueryTerms = {
    terms: [...idf.keys()],
    idf: [...idf.values()],
    idfSum: [...idf.values()].reduce((sum, value) => sum + value, 0),
  }
  const cos = Float64Array.from([
    ...compared.map((_, i) => cosines?.[i] ?? Number.NaN),
    ...passages.map((p) => p.cosine),
  ])
  const bm25 = Float64Array.from([...compared, ...passages], (one) => one.bm25)
  const { fused, rel } = fuse({ cos, bm25, sigma, query, text: question })
  return compared
    .map(({ of, chunk, bm25: score }, i): RankedPassage => {
      const own = (fused[i] ?? 0) + (of.isNamed ? NAMED_PREFERENCE : 0)
      const cosine = cosines?.[i] ?? Number.NaN
      return passageOf(of, chunk, {
        cosine,
        bm25: score,
        fused: own,
        relevance: relevance(own, sigma),
        keyword: rel[i] ?? 0,
      })
    })
    .toSorted((a, b) => b.fused - a.fused || b.chunkId - a.chunkId)
    .filter(isNew(passages))
    .slice(0, MOST_PASSAGES)
}

/** Up to `count` passages of a page from the one at `ordinal` on, in reading order. They have no scores. */
export function passagesFrom(
  of: PageOfAnswer,
  ordinal: number,
  count: number,
): { readonly passages: readonly RankedPassage[]; readonly total: number } {
  const { chunks } = of.page
  const read = chunks.slice(ordinal, ordinal + count)
  return { passages: read.map((chunk) => passageOf(of, chunk, UNSCORED)), total: chunks.length }
}

type Scores = Pick<RankedPassage, 'cosine' | 'bm25' | 'fused' | 'relevance' | 'keyword'>
const UNSCORED: Scores = { cosine: Number.NaN, bm25: 0, fused: 0, relevance: 0, keyword: 0 }

const passageOf = (of: PageOfAnswer, chunk: ChunkDraft, scores: Scores): RankedPassage => ({
  chunkId: of.chunkId(chunk.ordinal),
  documentId: of.page.documentId,
  version: of.page.version,
  title: of.page.title,
  url: of.page.url,
  context: chunk.context,
  text: chunk.text,
  ordinal: chunk.ordinal,
  start: chunk.start,
  end: chunk.end,
  page: chunk.page,
  language: of.page.language,
  ...scores,
})

/** A page that is a document too says nothing twice. */
function isNew(passages: readonly RankedPassage[]): (passage: RankedPassage) => boolean {
  const plain = (text: string): string => text.replace(/\s+/g, ' ').trim()
  const seen = new Set(passages.map(({ text }) => plain(text)))
  return ({ text }) => {
    const key = plain(text)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  }
}

/** Every passage of the pages by its words. A passage at a time: a page may have hundreds. */
async function scored(
  pages: readonly PageOfAnswer[],
  idf: ReadonlyMap<string, number>,
  inTurn: WebPassagesDependencies['inTurn'],
): Promise<Found[]> {
  const counted: { of: PageOfAnswer; chunk: ChunkDraft; length: number; counts: ReadonlyMap<string, number> }[] = []
  for (const of of pages) {
    for (const chunk of of.page.chunks) {
      counted.push(await inTurn(() => ({ of, chunk, ...countsIn(of.page.title, chunk, idf) })))
    }
  }
  const typical = counted.reduce((sum, { length }) => sum + length, 0) / Math.max(1, counted.length)
  return counted.map(({ of, chunk, length, counts }) => {
    const norm = BM25_K1 * (1 - BM25_B + (BM25_B * length) / Math.max(1, typical))
    let bm25 = 0
    for (const [stem, count] of counts) bm25 += ((idf.get(stem) ?? 0) * count) / (count + norm)
    return { of, chunk, bm25 }
  })
}

function countsIn(title: string, { context, text }: ChunkDraft, idf: ReadonlyMap<string, number>) {
  const counts = new Map<string, number>()
  const words = wordsOf(passageText(readableTitle(title), context, text))
  for (const { stem } of words) if (idf.has(stem)) counts.set(stem, (counts.get(stem) ?? 0) + 1)
  return { length: words.length, counts }
}

/** Ties by place: where no word of the question is in a page, its beginning says best what it is about. */
function bestOfEach(pages: readonly PageOfAnswer[], found: readonly Found[]): Found[] {
  const share = Math.max(FEWEST_OF_PAGE, Math.floor(MOST_COMPARED / pages.length))
  const ofPages = Map.groupBy(found, ({ of }) => of)
  return [...ofPages.values()].flatMap((own) =>
    own.toSorted((a, b) => b.bm25 - a.bm25 || a.chunk.ordinal - b.chunk.ordinal).slice(0, share),
  )
}

/** undefined: there are no vectors, or not in time; then words decide. */
async function cosinesOf(
  question: string,
  found: readonly Found[],
  { embedder, logger }: WebPassagesDependencies,
  { signal }: CallOptions,
): Promise<number[] | undefined> {
  const deadline = AbortSignal.timeout(VECTORS_DEADLINE_MS)
  const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline])
  try {
    const texts = found.map(({ of, chunk }) => passageText(of.page.title, chunk.context, chunk.text))
    const [[asked], vectors] = await Promise.all([
      embedder.embed([question], 'query', { signal: either }),
      embedder.embed(texts, 'document', { signal: either, urgent: true }),
    ])
    if (asked === undefined) return undefined
    return vectors.map((vector) => dotProduct(asked, vector))
  } catch (error) {
    signal?.throwIfAborted()
    logger.warn(
      { err: error },
      'Passages of the web are chosen by words alone: their vectors were not to be had in time',
    )
    return undefined
  }
}
