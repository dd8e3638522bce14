import type { LanguageModel } from '../../core/ports/language-models.ts'
import type { CallOptions } from '../../core/ports/surroundings.ts'
import type { Span } from '../../core/sentences.ts'
import { createTurns } from '../../core/turns.ts'
import type { AnswerEvent, AnswerRequest } from './answer.ts'
import type { AnswerWeb } from './answer-web.ts'
import { centralSentences, type Central } from './central-sentences.ts'
import { buildLedger } from './evidence.ts'
import type { Findings, Gathered } from './gathering.ts'
import { findInstructions, furnitureIn } from './instructions.ts'
import { textSentence } from './overview-sentences.ts'
import type { Library, RankedPassage } from './passages.ts'
import { piecesOf } from './pieces.ts'
import { readQuestion } from './question.ts'
import type { ReadPassage } from './sentence-candidates.ts'
import { UNRANKED, type RankedSentence } from './sentence-ranking.ts'
import { NO_TOKEN_FEATURES } from './token-features.ts'
import { estimatedTokens } from './token-budget.ts'
import type { Understood } from './understanding.ts'
import { passagesFrom } from './web-passages.ts'
import { readableTitle } from './words.ts'

/** Of a text so many passages are read; of what is longer the beginning is summed up. */
const MOST_READ = 400
/**
 * Of these a model that writes is shown as many as take this share of its window, and no more than so many, as each of its
 * sentences is checked against all.
 */
const SHARE_OF_WINDOW = 0.3
const MOST_SHOWN = 48

/** Texts that a question asks for as a whole, each with what it says. */
export interface OverviewOf {
  /** The question; of several texts the name of this one. */
  readonly question: string
  /** Of one of several texts. */
  readonly title?: string | undefined
  readonly search: Gathered
  /** Passages that could not be read, or shown to a model that writes, as there are too many. */
  readonly left: PassagesLeft
}

/** Of those that a text has: how many neither who quotes nor who writes, and how many who writes did not sum up. */
export interface PassagesLeft {
  readonly unread: number
  readonly unshown: number
}

/** What is to be summed up: passages in reading order, and how many the whole text has. */
interface Text {
  readonly passages: readonly RankedPassage[]
  readonly total: number
}

export interface OverviewDependencies {
  readonly library: Library
  readonly languageModel: LanguageModel
}

/**
 * The texts that the request names as one each: the pages that the question names, as far as they could be read, else the
 * one document that it may be answered from. None: it names none, or several documents.
 */
async function namedTexts(
  { owner, documents, filter }: AnswerRequest,
  web: AnswerWeb,
  library: Library,
): Promise<Text[]> {
  if (web.named.length > 0) {
    return web.namedPages.map((page) => passagesFrom(page, 0, MOST_READ))
  }
  const found = await library.list({ owner, documents, filter }, 2)
  const [only, ...others] = found.documents
  if (only === undefined || others.length > 0 || found.more) return []
  return [await library.read(owner, only.documentId, 0, MOST_READ)]
}

/** Reads texts as a whole, where a question asks for that. */
export function createOverviews({ library, languageModel }: OverviewDependencies) {
  const turns = createTurns()

  /** The texts that the question asks for, and what they say; empty: it is to be searched for as any other. */
  return async function* overviews(
    request: AnswerRequest,
    { isOverview, meant }: Understood,
    web: AnswerWeb,
    { signal }: CallOptions,
  ): AsyncGenerator<AnswerEvent, OverviewOf[]> {
    const inTurn: InTurn = (work) =>
      turns(() => {
        signal?.throwIfAborted()
        return work()
      })
    const named = isOverview ? await namedTexts(request, web, library) : []
    const texts = named.filter(({ passages }) => passages.length > 0)
    const found: OverviewOf[] = []
    let number = 1
    for (const { passages, total } of texts) {
      const [first] = passages
      if (first === undefined) continue
      const search = await summed(meant, passages, number, languageModel, inTurn)
      number += search.evidence.length
      const returned = search.passages.length
      const left = { unread: total - passages.length, unshown: passages.length - returned }
      found.push({ ...(texts.length === 1 ? { question: meant } : namesOf(first)), search, left })
      const documents = [first.documentId]
      const event = { type: 'stage', stage: 'retrieval', progress: 100, engine: ENGINE, minScore: 0 } as const
      const read = languageModel.writes ? returned : passages.length
      const part = read < total ? { error: inPart(read, total) } : {}
      yield { ...event, returned, topK: returned, documents, ...part }
    }
    return found
  }
}

const namesOf = ({ url, title }: RankedPassage): Pick<OverviewOf, 'question' | 'title'> => ({
  question: url ?? title,
  title: readableTitle(title),
})

const inPart = (summed: number, total: number): string =>
  `The text has ${total} passages: only a part of it was summed up, ${summed} of them.`

type InTurn = ReturnType<typeof createTurns>

/** Nothing was searched. */
const ENGINE = 'whole text'

/** @param all of one text, at least one, in reading order, as is the evidence; the best sentences alone have scores */
async function summed(
  question: string,
  all: readonly RankedPassage[],
  firstNumber: number,
  languageModel: LanguageModel,
  inTurn: InTurn,
): Promise<Gathered> {
  const title = readableTitle(all[0]?.title ?? '')
  const pieces: ReadPassage['pieces'][] = []
  for (const { text, language } of all) pieces.push(await inTurn(() => piecesOf(text, language ?? undefined)))
  const places = pieces.flatMap((own, passage) => own.map((_, piece) => ({ passage, piece })))
  const central = await centralSentences(
    title,
    pieces.flat().map((piece) => textSentence(piece)),
    inTurn,
    wantedOf(all, pieces, places, inTurn),
  )
  const chosen = central.chosen.flatMap(({ at, score }) => {
    const place = places[at]
    return place === undefined ? [] : [{ ...place, score }]
  })
  const kept = keptOf(all, places, central, new Set(chosen.map(({ passage }) => passage)), languageModel)
  const shown = kept.map((at) => all[at]).filter((passage) => passage !== undefined)
  const passages = shown.map((passage): RankedPassage => ({ ...passage, relevance: 1 }))
  const read = kept.map((at): ReadPassage => ({ pieces: pieces[at] ?? [], candidates: [] }))
  const sum = chosen.reduce((total, { score }) => total + score, 0)
  const sentences = chosen.map(({ passage, piece, score }): RankedSentence => {
    const share = sum > 0 ? score / sum : 1 / chosen.length
    return { ...NO_CANDIDATE, passage: kept.indexOf(passage), piece, score, probability: share }
  })
  // One who writes sums up all that is shown.
  const isShown = new Set(kept)
  const { similarity, similarityOf } = central
  const shownSimilarity = similarityOf([...places.keys()].filter((at) => isShown.has(places[at]?.passage ?? -1)))
  const overview = {
    quoted: { similarity, sentences: places.length },
    written: { similarity: shownSimilarity, sentences: places.length },
  }
  const ranking = { ...UNRANKED, sentences, overview }
  const findings: Findings = { read, ranking, evidence: buildLedger(passages, read, ranking, firstNumber) }
  return { question: readQuestion(question, [], []), passages, ...findings, judge: async () => findings }
}

/** What it says of the question: it asks for nothing by its words. */
const NO_CANDIDATE = {
  encoderText: '',
  contextWords: 0,
  covers: [],
  features: {
    coverage: 0,
    coverageInContext: 0,
    coverageBefore: 0,
    typed: 0,
    typedNear: 0,
    sentenceCosine: 0,
    passageCosine: 0,
    passageGap: 0,
    ...NO_TOKEN_FEATURES,
  },
} as const

interface PieceAt {
  readonly passage: number
  readonly piece: number
}

/** Of so many passages it is looked for what asks something of the reader; a text has it in a few, if it is not made of it. */
const MOST_LOOKED_THROUGH = 60

/**
 * Whoever sums up passes over what asks or orders something by itself: “Subscribe to our newsletter.” Each passage is looked
 * through once, when the first of its sentences would be chosen, and in its turn.
 */
function wantedOf(
  all: readonly RankedPassage[],
  pieces: readonly ReadPassage['pieces'][],
  places: readonly PieceAt[],
  inTurn: InTurn,
): (at: number) => Promise<boolean> {
  const known = new Map<number, readonly Span[]>()
  return async (at) => {
    const place = places[at]
    const passage = all[place?.passage ?? -1]
    const piece = pieces[place?.passage ?? -1]?.[place?.piece ?? -1]
    if (place === undefined || passage === undefined || piece === undefined) return false
    let asking = known.get(place.passage)
    if (asking === undefined) {
      if (known.size >= MOST_LOOKED_THROUGH) return false
      const { title, context, text, language } = passage
      const beside = `${readableTitle(title)}\n${context}`
      asking = await inTurn(() => [...findInstructions(text, { beside, language }), ...furnitureIn(text, language)])
      known.set(place.passage, asking)
    }
    return !asking.some(({ start, end }) => start < piece.end && piece.start < end)
  }
}

/**
 * Indexes of the passages that are evidence, in reading order: those of the chosen sentences, and for a model that writes
 * the first and the most central ones, as many as it may be shown.
 */
function keptOf(
  all: readonly RankedPassage[],
  places: readonly PieceAt[],
  { centrality }: Central,
  ofChosen: ReadonlySet<number>,
  { writes, contextWindow }: LanguageModel,
): number[] {
  const kept = new Set(ofChosen)
  if (writes || kept.size === 0) {
    const nearest = all.map(() => 0)
    places.forEach(({ passage }, at) => (nearest[passage] = Math.max(nearest[passage] ?? 0, centrality[at] ?? 0)))
    const further = [...all.keys()].slice(1).toSorted((a, b) => (nearest[b] ?? 0) - (nearest[a] ?? 0) || a - b)
    let left = SHARE_OF_WINDOW * contextWindow
    for (const at of new Set([0, ...ofChosen, ...further])) {
      left -= estimatedTokens(all[at]?.text ?? '')
      if ((left < 0 && kept.size > 0) || kept.size >= MOST_SHOWN) break
      kept.add(at)
    }
  }
  return [...kept].toSorted((a, b) => a - b)
}
