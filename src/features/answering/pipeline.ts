import { AppError } from '../../core/errors.ts'
import type { UserId } from '../../core/ids.ts'
import type { CallOptions, Clock, Embedder, Evidence, LanguageModel, Logger, Scope } from '../../core/ports.ts'
import type { Answer, AnswerEvent, AnswerRequest, Citation, Claim } from './answer.ts'
import { markedSentences } from './claims.ts'
import { DEFAULT_THRESHOLD, confidenceFactors, evidenceConfidence, levelOf, verifiedShare } from './confidence.ts'
import { createDrafting } from './drafting.ts'
import type { Draft } from './drafting.ts'
import { narrowed } from './evidence.ts'
import { createGathering } from './gathering.ts'
import type { Findings, Gathered } from './gathering.ts'
import { createLedger } from './ledger.ts'
import type { Ledger } from './ledger.ts'
import type { Library, Reading, Retrieve, Retrieved } from './passages.ts'
import { sourcesOf } from './sources.ts'
import { createToolbox } from './tools.ts'
import { placeIn, verifyAnswer } from './verify.ts'
import type { ReadContent, VerifyDependencies } from './verify.ts'
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
  /** Times that a model with tools may look further before it answers; 0: it may not. */
  readonly searchSteps: number
}

export interface AnsweringDependencies {
  readonly retrieve: Retrieve
  readonly library: Library
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
const WEB_IS_NOT_SEARCHED: AnswerEvent = {
  type: 'stage',
  stage: 'web_search',
  progress: 100,
  message: 'The web is not searched',
  totalResults: 0,
  error: 'Web search is not available in this version.',
}
/** In which a model may go on looking, in milliseconds: whoever asks waits for its first word. */
const LONGEST_LOOKING = 60_000

/** Refuses a question that is empty (`empty_question`) or longer than allowed (`question_too_long`). */
export function checkedQuestion(question: string, maxChars: number): string {
  const text = question.trim()
  if (text === '') throw new AppError('empty_question', 'The question is empty. Write what you want to know.')
  if (text.length > maxChars) {
    throw new AppError('question_too_long', `The question has ${text.length} characters; at most ${maxChars} are read.`)
  }
  return text
}

/** A draft held against its sources. */
interface Assessed {
  readonly claims: readonly Claim[]
  readonly citations: readonly Citation[]
  /** What could be cited, with the scores that the confidence rests on. */
  readonly citable: readonly Evidence[]
  /** Of the question's own search. */
  readonly findings: Findings
  readonly confidence: number
}

/**
 * Questions in, answers out: retrieval, evidence, the model's text, its verification, confidence. One generator of
 * events; its last event is `done` with the whole answer. It throws what its parts throw, and an AppError for a
 * question that cannot be taken.
 */
export function createAnswering({
  retrieve,
  library,
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
  const gathering = createGathering({ retrieve, embedder, words, languageModel, logger })
  const drafting = createDrafting({
    languageModel,
    settings,
    loop: { steps: settings.searchSteps, milliseconds: LONGEST_LOOKING },
    judge: async (owner, text, evidence, options) =>
      (await verifyAnswer(owner, text, evidence, { content, words }, options)).claims,
    clock,
  })

  /** @param isJudged whether the sentences are ranked by all that is known, or as the gate saw them */
  async function assess(
    owner: UserId,
    ledger: Ledger,
    draft: Draft,
    isJudged: boolean,
    options: CallOptions,
  ): Promise<Assessed> {
    const shown = new Set(draft.evidence.flatMap(({ number, parts }) => parts.map(({ rank }) => `${number} ${rank}`)))
    const cited = new Set(markedSentences(draft.text).flatMap(({ numbers }) => numbers))
    const searches = await Promise.all(
      ledger.searches.map(async (search, i) => {
        const isCited = search.evidence.some(({ number }) => cited.has(number))
        return { isCited, findings: isJudged && (i === 0 || isCited) ? await search.judge() : search }
      }),
    )
    const citable = searches.flatMap(({ findings }) =>
      findings.evidence.flatMap(
        (passage) => narrowed(passage, ({ rank }) => shown.has(`${passage.number} ${rank}`)) ?? [],
      ),
    )
    const { claims, citations } =
      draft.text.trim() === ''
        ? { claims: [], citations: [] }
        : await verifyAnswer(owner, draft.text, citable, { content, words, onlyQuotes: !languageModel.writes }, options)
    const [own, ...further] = searches
    const findings = own?.findings ?? NO_FINDINGS
    const found = Math.max(evidenceConfidence(findings.ranking), chained(further))
    return {
      claims,
      citations,
      citable,
      findings,
      confidence: draft.isAsked ? found * verifiedShare(claims) : found,
    }
  }

  async function* answer(request: AnswerRequest, options: CallOptions = {}): AsyncGenerator<AnswerEvent> {
    const startedAt = clock.now().getTime()
    const text = checkedQuestion(request.question, settings.maxQuestionChars)
    const topK = request.topK ?? settings.topK
    const searched = request.documents?.length !== 0
    const attached = request.documents?.length ?? null
    yield { type: 'stage', stage: 'rag_gate', ragEnabled: searched, documentsAttached: attached }
    if (request.webSearch === true) yield WEB_IS_NOT_SEARCHED
    const retrieved = searched ? yield* gathering.search(request, text, topK, options) : NOTHING
    const gathered = await gathering.gather(request, text, retrieved.passages, 1, options)
    const candidates = candidateCitations(gathered)
    yield { type: 'stage', stage: 'citations', citations: candidates }

    const isAnswerable = gathered.ranking.sentences.length > 0 && evidenceConfidence(gathered.ranking) >= threshold
    const ledger = createLedger(gathered)
    // Where nothing at all was found there is nothing to look further in.
    const mayLook = languageModel.writes && languageModel.supports.tools && settings.searchSteps > 0
    const toolbox =
      mayLook && retrieved.passages.length > 0
        ? createToolbox(request, text, ledger, { retrieve, library, gathering, topK })
        : undefined
    let assessed: Assessed | undefined
    const draft = yield* drafting.draft(
      {
        request,
        question: text,
        ledger,
        isAnswerable,
        toolbox,
        accept: async (written) => {
          assessed = await assess(request.owner, ledger, written, true, options)
          return assessed.confidence >= threshold
        },
      },
      options,
    )
    const abstained = draft.text.trim() === ''
    if (assessed === undefined || draft.basis !== 'evidence') {
      assessed = await assess(request.owner, ledger, draft, isAnswerable, options)
    }
    const { claims, citations, citable, findings, confidence } = assessed
    const passages = ledger.searches.flatMap((search) => search.passages)
    const outcome: Outcome = {
      question: gathered.question,
      passages,
      best: findings.ranking.sentences[0],
      confidence,
      threshold,
      searched,
      draft: { basis: draft.basis, isAsked: draft.isAsked, steps: draft.steps.length },
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
      confidenceLevel: abstained ? 'low' : levelOf(confidence, threshold, findings.ranking.tier),
      confidenceFactors: confidenceFactors(gathered.passages, findings.read, findings.ranking, claims),
      sources: sourcesOf(passages),
      citations: abstained ? [] : citations,
      candidates,
      claims: abstained ? [] : claims,
      reasoning: reasoningText(outcome, abstained, claims),
      model: languageModel.id,
      provider: languageModel.provider,
      originalQuestionLength: text.length,
      results: passages.length,
      questionRelevance: Math.min(1, Math.max(0, gathered.passages[0]?.relevance ?? 0)),
    }
    logger.info(
      {
        abstained,
        confidence: Number(confidence.toFixed(3)),
        passages: result.results,
        steps: draft.steps.length,
        citations: citations.length,
        tier: findings.ranking.tier,
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

/**
 * The chance that searches which went on from each other all found what they looked for, for those that the answer
 * rests on. 0: it rests on none.
 */
function chained(further: readonly { readonly isCited: boolean; readonly findings: Findings }[]): number {
  const cited = further.filter(({ isCited }) => isCited)
  return cited.length === 0
    ? 0
    : cited.reduce((chance, { findings }) => chance * evidenceConfidence(findings.ranking), 1)
}

const NO_FINDINGS: Findings = { read: [], ranking: { tier: 'words', sentences: [] }, evidence: [] }

/** The sentences that look best. They are shown before an answer is written, so none was checked against one. */
function candidateCitations({ read, ranking, evidence, passages }: Gathered): Citation[] {
  return ranking.sentences.slice(0, CANDIDATES_SHOWN).flatMap((sentence): Citation[] => {
    const from = passages[sentence.passage]?.start
    const piece = read[sentence.passage]?.pieces[sentence.piece]
    const source = evidence.find(({ parts }) => parts.some(({ rank }) => rank === sentence.passage))
    if (from === undefined || piece === undefined || source === undefined) return []
    const place = placeIn(source, { start: from + piece.start, end: from + piece.end })
    return [{ number: source.number, place, score: sentence.probability, verdict: 'doubtful', doubt: 'not_checked' }]
  })
}

const shownOf = ({ basis, tokens, finish, inputTruncated, usedQuestionLength, steps }: Draft) => ({
  basis,
  tokens,
  finish,
  inputTruncated,
  usedQuestionLength,
  steps,
})

/** The last event's answer, for callers that do not stream. */
export async function collectAnswer(events: AsyncIterable<AnswerEvent>): Promise<Answer> {
  for await (const event of events) if (event.type === 'done') return event.answer
  throw new Error('The answer pipeline ended without an answer')
}
