import { AppError } from '../../core/errors.ts'
import type { CallOptions, Clock, Embedder, Evidence, LanguageModel, Logger, Scope } from '../../core/ports.ts'
import { createTurns } from '../../core/turns.ts'
import type { Answer, AnswerEvent, AnswerRequest, Citation } from './answer.ts'
import { createDrafting } from './drafting.ts'
import type { Draft } from './drafting.ts'
import { DEFAULT_THRESHOLD, confidenceFactors, evidenceConfidence, levelOf, verifiedShare } from './confidence.ts'
import { cosineScale } from './encoder-scale.ts'
import { buildLedger, narrowed } from './evidence.ts'
import type { RankedPassage, Reading, Retrieve, Retrieved } from './passages.ts'
import { contentWords, readQuestion } from './question.ts'
import type { Question } from './question.ts'
import { candidateReader } from './sentence-candidates.ts'
import type { ReadPassage } from './sentence-candidates.ts'
import { rankSentences } from './sentence-ranking.ts'
import type { SentenceRanking } from './sentence-ranking.ts'
import { sourcesOf } from './sources.ts'
import { placeIn } from './cited-place.ts'
import type { ReadContent } from './cited-place.ts'
import { createSimilarity } from './similarity.ts'
import type { Similarity } from './similarity.ts'
import { verifyAnswer } from './verify.ts'
import type { VerifyDependencies } from './verify.ts'
import { abstentionText, reasoningText } from './wording.ts'
import type { Findings as Outcome } from './wording.ts'

export interface AnsweringSettings {
  /** Passages that are retrieved where the request does not say how many. */
  readonly topK: number
  /** 0 to 1: with less confidence the system abstains. undefined: as calibrated. */
  readonly confidenceThreshold: number | undefined
  /** UTF-16 code units. */
  readonly maxQuestionChars: number
  /** Sentences that no source supports are left out. */
  readonly strict: boolean
  /** Where the documents do not answer, a model may from what it knows, and the answer says so. */
  readonly generalKnowledge: boolean
}

export interface AnsweringDependencies {
  readonly retrieve: Retrieve
  readonly reading: (scope: Scope) => Promise<Reading>
  readonly embedder: Embedder
  readonly words: VerifyDependencies['words']
  readonly languageModel: LanguageModel
  readonly content: ReadContent
  readonly settings: AnsweringSettings
  readonly logger: Logger
  readonly clock: Clock
}

export type Answering = ReturnType<typeof createAnswering>

const CANDIDATES_SHOWN = 3
const NOTHING: Retrieved = { passages: [], engine: 'none' }
const UNRANKED: SentenceRanking = { tier: 'words', sentences: [] }
const WEB_IS_NOT_SEARCHED: AnswerEvent = {
  type: 'stage',
  stage: 'web_search',
  progress: 100,
  message: 'The web is not searched',
  totalResults: 0,
  error: 'Web search is not available in this version.',
}

/** What the passages say to a question. */
interface Findings {
  readonly read: readonly ReadPassage[]
  readonly ranking: SentenceRanking
  readonly evidence: readonly Evidence[]
}

/** What is known about a question before anything is written. */
interface Gathered extends Findings {
  readonly question: Question
  /** The findings that the confidence of a finished answer rests on. */
  judge(): Promise<Findings>
}

/** Written answers whose sentences get vectors at the same time. */
const MOST_JUDGED = 4
/** Of the best passages so many are read to decide whether a model is asked to write. */
const PASSAGES_OF_GATE = 2

/** Refuses a question that is empty (`empty_question`) or longer than allowed (`question_too_long`). */
export function checkedQuestion(question: string, maxChars: number): string {
  const text = question.trim()
  if (text === '') throw new AppError('empty_question', 'The question is empty. Write what you want to know.')
  if (text.length > maxChars) {
    throw new AppError('question_too_long', `The question has ${text.length} characters; at most ${maxChars} are read.`)
  }
  return text
}

/**
 * Questions in, answers out: retrieval, evidence, the model's text, its verification, confidence. One generator of
 * events; its last event is `done` with the whole answer. It throws what its parts throw, and an AppError for a
 * question that cannot be taken.
 */
export function createAnswering({
  retrieve,
  reading,
  embedder,
  words,
  languageModel,
  content,
  settings,
  logger,
  clock,
}: AnsweringDependencies) {
  const threshold = settings.confidenceThreshold ?? DEFAULT_THRESHOLD
  let judging = 0
  const byVectors = createSimilarity(embedder, logger)
  const similarity: Similarity = async (a, b, options) =>
    judging >= MOST_JUDGED ? undefined : byVectors(a, b, options)
  const inTurn = createTurns()
  const drafting = createDrafting({
    languageModel,
    settings,
    judge: async (owner, text, evidence, options) =>
      (await verifyAnswer(owner, text, evidence, { content, words, similarity }, options)).claims,
  })

  async function gather(
    request: AnswerRequest,
    text: string,
    retrieved: Retrieved,
    options: CallOptions,
  ): Promise<Gathered> {
    const asked = contentWords(text)
    const idf = await words.idf(
      request.owner,
      asked.map((word) => word.text),
      options,
    )
    const question = readQuestion(text, asked, idf)
    let reader: ReturnType<typeof candidateReader> | undefined
    const find = async (encoder: Embedder | undefined, passages?: number): Promise<Findings> => {
      const read = await inTurn(() => {
        reader ??= candidateReader(question, retrieved.passages, cosineScale(embedder))
        return reader(passages)
      })
      const candidates = read.flatMap((passage) => passage.candidates)
      const ranking =
        candidates.length === 0
          ? UNRANKED
          : await rankSentences(text, candidates, { embedder: encoder, logger }, { ...options, urgent: !waits })
      return { read, ranking, evidence: buildLedger(retrieved.passages, read, ranking) }
    }
    // One who quotes needs the best sentences first. One who writes must only know whether it is worth it, which the
    // words of the best passages tell nearly as well and a hundred times as fast. The rest is done when it has written,
    // as till then others may wait for their first word.
    const waits = languageModel.writes
    const first = waits ? await find(undefined, PASSAGES_OF_GATE) : await find(embedder)
    return { question, ...first, judge: () => (waits ? judged(find) : Promise.resolve(first)) }
  }

  /** By vectors, unless so many wait for theirs that the answers would be held up: then by words. */
  async function judged(find: (encoder: Embedder | undefined) => Promise<Findings>): Promise<Findings> {
    if (judging >= MOST_JUDGED) return find(undefined)
    judging++
    try {
      return await find(embedder)
    } finally {
      judging--
    }
  }

  /** The passages, by words alone where the question's meaning cannot be read: the answer goes on without it. */
  async function* search(
    request: AnswerRequest,
    text: string,
    options: CallOptions,
  ): AsyncGenerator<AnswerEvent, Retrieved> {
    const topK = request.topK ?? settings.topK
    const scope = { owner: request.owner, documents: request.documents, filter: request.filter }
    const wanted = { limit: topK, preferChat: request.chatId, ...options }
    yield { type: 'stage', stage: 'embeddings', message: 'Reading the question' }
    let retrieved: Retrieved
    try {
      retrieved = await retrieve(scope, text, wanted)
    } catch (error) {
      if (error instanceof AppError || options.signal?.aborted === true) throw error
      logger.error({ err: error }, 'The question could not be embedded; it is searched for by its words')
      const failure = 'The meaning of the question could not be read; it is searched for by its words.'
      yield { type: 'stage', stage: 'embeddings', message: 'Searching by words', error: failure }
      retrieved = await retrieve(scope, text, { ...wanted, wordsOnly: true })
    }
    const { engine, passages } = retrieved
    yield {
      type: 'stage',
      stage: 'retrieval',
      progress: 100,
      engine,
      returned: passages.length,
      topK,
      minScore: 0,
      documents: [...new Set(passages.map(({ documentId }) => documentId))],
    }
    return retrieved
  }

  async function* answer(request: AnswerRequest, options: CallOptions = {}): AsyncGenerator<AnswerEvent> {
    const startedAt = clock.now().getTime()
    const text = checkedQuestion(request.question, settings.maxQuestionChars)
    const searched = request.documents?.length !== 0
    const attached = request.documents?.length ?? null
    yield { type: 'stage', stage: 'rag_gate', ragEnabled: searched, documentsAttached: attached }
    if (request.webSearch === true) yield WEB_IS_NOT_SEARCHED
    const retrieved = searched ? yield* search(request, text, options) : NOTHING
    const gathered = await gather(request, text, retrieved, options)
    const candidates = candidateCitations(gathered, retrieved.passages)
    yield { type: 'stage', stage: 'citations', citations: candidates }

    const isAnswerable = gathered.ranking.sentences.length > 0 && evidenceConfidence(gathered.ranking) >= threshold
    const draft = yield* drafting.draft({ request, question: text, evidence: gathered.evidence, isAnswerable }, options)
    const abstained = draft.text.trim() === ''
    const { read, ranking, evidence } = isAnswerable ? await gathered.judge() : gathered
    const shown = new Set(draft.evidence.flatMap(({ parts }) => parts.map(({ rank }) => rank)))
    const citable = evidence.flatMap((passage) => narrowed(passage, ({ rank }) => shown.has(rank)) ?? [])
    const { claims, citations } = abstained
      ? { claims: [], citations: [] }
      : await verifyAnswer(
          request.owner,
          draft.text,
          citable,
          { content, words, similarity, onlyQuotes: !languageModel.writes },
          options,
        )
    const found = evidenceConfidence(ranking)
    const confidence = draft.isAsked ? found * verifiedShare(claims) : found
    const outcome: Outcome = {
      question: gathered.question,
      passages: retrieved.passages,
      best: ranking.sentences[0],
      confidence,
      threshold,
      searched,
      draft: { basis: draft.basis, isAsked: draft.isAsked },
    }
    let written = draft.text
    if (abstained) {
      written = abstentionText(outcome, await reading({ owner: request.owner, documents: request.documents }))
      yield { type: 'delta', content: written }
    }

    const result: Answer = {
      ...shownOf(draft),
      evidence: citable,
      text: written,
      abstained,
      confidence,
      confidenceLevel: abstained ? 'low' : levelOf(confidence, threshold, ranking.tier),
      confidenceFactors: confidenceFactors(retrieved.passages, read, ranking, claims),
      sources: sourcesOf(retrieved.passages),
      citations,
      candidates,
      claims,
      reasoning: reasoningText(outcome, abstained, claims),
      model: languageModel.id,
      provider: languageModel.provider,
      originalQuestionLength: text.length,
      results: retrieved.passages.length,
      questionRelevance: Math.min(1, Math.max(0, retrieved.passages[0]?.relevance ?? 0)),
    }
    logger.info(
      {
        abstained,
        confidence: Number(confidence.toFixed(3)),
        passages: result.results,
        citations: citations.length,
        tier: ranking.tier,
        model: result.model,
        tokens: result.tokens,
        ms: clock.now().getTime() - startedAt,
      },
      'question answered',
    )
    yield { type: 'done', answer: result }
  }

  return { answer }
}

/** The sentences that look best. They are shown before an answer is written, so none was checked against one. */
function candidateCitations({ read, ranking, evidence }: Gathered, passages: readonly RankedPassage[]): Citation[] {
  return ranking.sentences.slice(0, CANDIDATES_SHOWN).flatMap((sentence): Citation[] => {
    const from = passages[sentence.passage]?.start
    const piece = read[sentence.passage]?.pieces[sentence.piece]
    const source = evidence.find(({ parts }) => parts.some(({ rank }) => rank === sentence.passage))
    if (from === undefined || piece === undefined || source === undefined) return []
    const place = placeIn(source, { start: from + piece.start, end: from + piece.end })
    return [{ number: source.number, place, score: sentence.probability, verdict: 'doubtful', doubt: 'not_checked' }]
  })
}

const shownOf = ({ basis, tokens, finish, inputTruncated, usedQuestionLength }: Draft) => ({
  basis,
  tokens,
  finish,
  inputTruncated,
  usedQuestionLength,
})

/** The last event's answer, for callers that do not stream. */
export async function collectAnswer(events: AsyncIterable<AnswerEvent>): Promise<Answer> {
  for await (const event of events) if (event.type === 'done') return event.answer
  throw new Error('The answer pipeline ended without an answer')
}
