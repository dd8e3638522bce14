import type { UserId } from '../../core/ids.ts'
import type { LanguageModel } from '../../core/ports/language-models.ts'
import { createTurns } from '../../core/turns.ts'
import type { AnswerEvent, AnswerRequest } from './answer.ts'
import type { AnswerWeb } from './answer-web.ts'
import { centralSentences, type Central } from './central-sentences.ts'
import { buildLedger } from './evidence.ts'
import type { Findings, Gathered } from './gathering.ts'
import { findInstructions } from './instructions.ts'
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
  readonly search: Gathered
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
): Promise<(readonly RankedPassage[])[]> {
  if (web.named.length > 0) {
    return web.pages.filter(({ isNamed }) => isNamed).map((page) => passagesFrom(page, 0, MOST_READ).passages)
  }
  // Whether all of several are the owner's, the search tells.
  const mayBeOne = documents === undefined || new Set(documents).size === 1
  const found = mayBeOne ? await library.list({ owner, documents, filter }, 2) : undefined
  const [only, ...others] = found?.documents ?? []
  if (only === undefined || others.length > 0 || found?.more === true) return []
  return [await wholeOf(owner, only.documentId, library)]
}

async function wholeOf(
  owner: UserId,
  document: RankedPassage['documentId'],
  library: Library,
): Promise<readonly RankedPassage[]> {
  const { passages } = await library.read(owner, document, 0, MOST_READ)
  return passages
}

/** Reads texts as a whole, where a question asks for that. */
export function createOverviews({ library, languageModel }: OverviewDependencies) {
  const inTurn = createTurns()

  /** The texts that the question asks for, and what they say; empty: it is to be searched for as any other. */
  return async function* overviews(
    request: AnswerRequest,
    { isOverview, meant }: Understood,
    web: AnswerWeb,
  ): AsyncGenerator<AnswerEvent, OverviewOf[]> {
    const named = isOverview ? await namedTexts(request, web, library) : []
    const texts = named.filter(({ length }) => length > 0)
    const found: OverviewOf[] = []
    let number = 1
    for (const passages of texts) {
      const [first] = passages
      if (first === undefined) continue
      const search = await overview(meant, passages, number, languageModel, inTurn)
      number += search.evidence.length
      found.push({ question: texts.length === 1 ? meant : (first.url ?? first.title), search })
      const returned = search.passages.length
      const documents = [first.documentId]
      const event = { type: 'stage', stage: 'retrieval', progress: 100, engine: ENGINE, minScore: 0 } as const
      yield { ...event, returned, topK: returned, documents }
    }
    return found
  }
}

/** Nothing was searched. */
const ENGINE = 'whole text'

/** @param all of one text, at least one, in reading order, as is the evidence; the best sentences alone have scores */
async function overview(
  question: string,
  all: readonly RankedPassage[],
  firstNumber: number,
  languageModel: LanguageModel,
  inTurn: ReturnType<typeof createTurns>,
): Promise<Gathered> {
  const title = readableTitle(all[0]?.title ?? '')
  const pieces: ReadPassage['pieces'][] = []
  for (const { text, language } of all) pieces.push(await inTurn(() => piecesOf(text, language ?? undefined)))
  const places = pieces.flatMap((own, passage) => own.map((_, piece) => ({ passage, piece })))
  const central = await centralSentences(
    title,
    pieces.flat().map((piece) => textSentence(piece)),
    inTurn,
    (at) => !isInstruction(all, pieces, places[at]),
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
  const held = languageModel.writes
    ? similarityOf([...places.keys()].filter((at) => isShown.has(places[at]?.passage ?? -1)))
    : similarity
  const ranking = { ...UNRANKED, sentences, overview: { similarity: held, sentences: places.length } }
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

/** Whoever sums up passes over what asks or orders something by itself: “Subscribe to our newsletter.” */
function isInstruction(
  all: readonly RankedPassage[],
  pieces: readonly ReadPassage['pieces'][],
  at: PieceAt | undefined,
): boolean {
  const passage = all[at?.passage ?? -1]
  const piece = pieces[at?.passage ?? -1]?.[at?.piece ?? -1]
  if (passage === undefined || piece === undefined) return false
  const { title, context, text, language } = passage
  const found = findInstructions(text, { beside: `${readableTitle(title)}\n${context}`, language })
  return found.some(({ start, end }) => start < piece.end && piece.start < end)
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
