import { AppError } from '../../core/errors.ts'
import type { Embedder } from '../../core/ports/embedding.ts'
import type { LanguageModel } from '../../core/ports/language-models.ts'
import type { Scope } from '../../core/ports/search.ts'
import type { CallOptions, Clock, Logger } from '../../core/ports/surroundings.ts'
import type { Answer, AnswerEvent, AnswerRequest, Citation } from './answer.ts'
import { createAnswerWeb, type AnswerWeb, type WebAccess } from './answer-web.ts'
import { createAssessment } from './assessment.ts'
import type { Assessed } from './assessment.ts'
import { placeIn } from './cited-place.ts'
import type { ReadContent } from './cited-place.ts'
import { DEFAULT_THRESHOLD, confidenceFactors, evidenceConfidence, levelOf } from './confidence.ts'
import { createDrafting } from './drafting.ts'
import type { Draft, Part } from './drafting.ts'
import { reportInstructions } from './found-instructions.ts'
import type { LabelsOf } from './found-instructions.ts'
import { createGathering } from './gathering.ts'
import type { Findings, Gathered } from './gathering.ts'
import { createLedger } from './ledger.ts'
import type { Ledger } from './ledger.ts'
import { createOverviews, type PassagesLeft } from './overview.ts'
import type { Library, RankedPassage, Reading, Retrieve, Retrieved } from './passages.ts'
import { labelsOfSources } from './source-labels.ts'
import { sourcesOf } from './sources.ts'
import { createToolbox } from './tools.ts'
import { toBeSearched, understand } from './understanding.ts'
import type { Understood } from './understanding.ts'
import { verifyAnswer } from './verify.ts'
import type { VerifyDependencies } from './verify.ts'
import { withoutAddresses } from './web-addresses.ts'
import { readWeb } from './web-reading.ts'
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
  readonly labelsOf: LabelsOf
  readonly reading: (scope: Scope) => Promise<Reading>
  readonly embedder: Embedder
  readonly words: VerifyDependencies['words']
  readonly languageModel: LanguageModel
  /** Quotes the evidence where the language model could not write a word; absent: such an answer fails. */
  readonly quoting?: LanguageModel | undefined
  readonly content: ReadContent
  /** Absent: nothing of the web is opened or searched. */
  readonly web?: WebAccess | undefined
  readonly settings: AnsweringSettings
  readonly logger: Logger
  readonly clock: Clock
}

export type Answering = ReturnType<typeof createAnswering>

const CANDIDATES_SHOWN = 3
const NO_WEB: WebAccess = {
  search: undefined,
  open: () => Promise.reject(new AppError('not_available', 'Pages of the web are not opened here.')),
  patience: 1000,
  readingPatience: 1000,
}
const NOTHING: Retrieved = { passages: [], engine: 'none' }
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

/**
 * Questions in, answers out: retrieval, evidence, the model's text, its verification, confidence. One generator of
 * events; its last event is `done` with the whole answer. It throws what its parts throw, and an AppError for a
 * question that cannot be taken.
 */
export function createAnswering({
  retrieve,
  library,
  labelsOf,
  reading,
  embedder,
  words,
  languageModel,
  quoting,
  content,
  web: access = NO_WEB,
  settings,
  logger,
  clock,
}: AnsweringDependencies) {
  const threshold = settings.confidenceThreshold ?? DEFAULT_THRESHOLD
  const gathering = createGathering({ retrieve, embedder, words, languageModel, logger })
  const { similarity } = gathering
  const overviews = createOverviews({ library, languageModel })
  const drafting = createDrafting({
    languageModel,
    quoting,
    settings,
    loop: { steps: settings.searchSteps, milliseconds: LONGEST_LOOKING },
    judge: async (owner, text, evidence, options) =>
      (await verifyAnswer(owner, text, evidence, { content, words, similarity }, options)).claims,
    clock,
  })

  const assess = createAssessment({ content, words, similarity })

  /** Finds what each part of the question asks for. */
  async function* gatherParts(
    request: AnswerRequest,
    understood: Understood,
    web: AnswerWeb,
    topK: number,
    options: CallOptions,
  ): AsyncGenerator<AnswerEvent, Part[]> {
    const searched = request.documents?.length !== 0
    const found: Part[] = []
    let number = 1
    for (const question of understood.parts) {
      const retrieved = searched ? yield* gathering.search(request, question, topK, options) : NOTHING
      const passages = await gathering.withWeb(request.owner, question, retrieved.passages, web.pages, options)
      const search = await gathering.gather(request, question, passages, number, options)
      number += search.evidence.length
      found.push({ question, search, isAnswerable: answers(search) })
    }
    return found
  }

  const answers = ({ ranking }: Findings, speaker: Pick<LanguageModel, 'writes'> = languageModel): boolean =>
    ranking.sentences.length > 0 && evidenceConfidence(ranking, speaker) >= threshold

  /** With the best sentences, as who quotes needs them. */
  const quotable = (parts: readonly Part[]): Promise<Part[]> =>
    Promise.all(
      parts.map(async ({ search, ...part }) => {
        const judged = { ...search, ...(await search.judge()) }
        return { ...part, search: judged, isAnswerable: answers(judged, { writes: false }) }
      }),
    )

  /** One who quotes answers each part from its own evidence; one who writes is shown each passage once. */
  async function ledgerOf(
    request: AnswerRequest,
    meant: string,
    parts: readonly Part[],
    options: CallOptions,
  ): Promise<Ledger> {
    const searches = parts.map(({ search }) => search)
    if (parts.length === 1 || !languageModel.writes) return createLedger(searches)
    return createLedger([await gathering.gather(request, meant, interleaved(searches), 1, options)])
  }

  async function* answer(request: AnswerRequest, options: CallOptions = {}): AsyncGenerator<AnswerEvent> {
    const startedAt = clock.now().getTime()
    const text = checkedQuestion(request.question, settings.maxQuestionChars)
    const topK = request.topK ?? settings.topK
    const searched = request.documents?.length !== 0
    const attached = request.documents?.length ?? null
    yield { type: 'stage', stage: 'rag_gate', ragEnabled: searched, documentsAttached: attached }
    const web = createAnswerWeb({ ...request, question: text }, access, logger)
    const readable = withoutAddresses(text)
    let understood = yield* understand(request, readable, { languageModel, logger }, options)
    // Pages that are to be summed up must be there; else the web is read for what is searched for.
    const namesPages = web.named.length > 0
    if (namesPages) yield* readWeb(web, understood.parts, options)
    const whole = yield* overviews(request, understood, web, options)
    if (understood.isOverview && whole.length === 0) {
      understood = yield* toBeSearched(request, readable, { languageModel, logger }, options)
    }
    if (!namesPages) yield* readWeb(web, understood.parts, options)
    const parts =
      whole.length > 0
        ? whole.map((part) => ({ ...part, isAnswerable: answers(part.search) }))
        : yield* gatherParts(request, understood, web, topK, options)
    const ledger = await ledgerOf(request, understood.meant, parts, options)
    const candidates = ledger.searches.flatMap((search) => candidateCitations(search))
    yield { type: 'stage', stage: 'citations', citations: candidates }

    // Where nothing at all was found there is nothing to look further in, but the web.
    const mayLook = languageModel.writes && languageModel.supports.tools && settings.searchSteps > 0
    const toolbox =
      mayLook && (ledger.evidence.length > 0 || web.mayOpen)
        ? createToolbox(request, understood, ledger, { retrieve, library, gathering, web, topK })
        : undefined
    const asked: Answer['understood'] = {
      question: understood.meant,
      parts: parts.map(({ question, isAnswerable }) => ({ question, answerable: isAnswerable })),
    }
    let assessed: Assessed | undefined
    const draft = yield* drafting.draft(
      {
        request,
        question: text,
        understood: asked,
        parts,
        ledger,
        toolbox,
        quotable: () => quotable(parts),
        accept: async (written) => {
          assessed = await assess(request.owner, parts, ledger, written, options)
          return assessed.confidence >= threshold
        },
      },
      options,
    )
    const abstained = draft.text.trim() === ''
    if (assessed === undefined || draft.basis !== 'evidence') {
      assessed = await assess(request.owner, parts, ledger, draft, options)
    }
    const { claims, citations, citable, findings, confidence, isHurried } = assessed
    const passages = distinct(ledger.searches.flatMap((search) => search.passages))
    const first = parts[0]?.search
    const outcome: Outcome = {
      questions: parts.map(({ search }) => search.question),
      passages,
      best: findings.ranking.sentences[0],
      isOverview: findings.ranking.overview !== undefined,
      confidence,
      threshold,
      searched,
      web: web.pages.length > 0 ? 'read' : web.isAsked || web.named.length > 0 ? 'unread' : 'unasked',
      draft: { basis: draft.basis, isAsked: draft.isAsked, steps: draft.steps.length },
    }
    let written = draft.text
    if (abstained) {
      written = abstentionText(outcome, await reading({ owner: request.owner, documents: request.documents }))
      yield { type: 'delta', content: written }
    }

    const result: Answer = {
      ...shownOf(draft),
      inputTruncated: draft.inputTruncated || whole.some(({ left }) => isCut(left, draft.speaker)),
      evidence: citable,
      foundInstructions: reportInstructions(
        citable,
        await labelsOfSources(request.owner, citable, draft.steps, web, labelsOf),
      ),
      text: written,
      abstained,
      isHurried,
      confidence,
      confidenceLevel: abstained ? 'low' : levelOf(confidence, threshold, findings.ranking),
      confidenceFactors: confidenceFactors(first?.passages ?? [], findings.read, findings.ranking, claims),
      sources: sourcesOf(passages),
      citations: abstained ? [] : citations,
      candidates,
      claims: abstained ? [] : claims,
      understood: asked,
      web: { isEnabled: web.canSearch, isUsed: web.isUsed, sources: web.sources() },
      reasoning: reasoningText(outcome, abstained, claims),
      model: draft.speaker.id,
      provider: draft.speaker.provider,
      originalQuestionLength: text.length,
      results: passages.length,
      questionRelevance: Math.min(1, Math.max(0, first?.passages[0]?.relevance ?? 0)),
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

const distinct = (passages: readonly RankedPassage[]): RankedPassage[] => [
  ...new Map(passages.map((passage) => [passage.chunkId, passage])).values(),
]

/** The best of each search, then the second best; each passage once. */
function interleaved(searches: readonly Gathered[]): RankedPassage[] {
  const most = Math.max(...searches.map(({ passages }) => passages.length))
  const places = Array.from({ length: most }, (_, place) => place)
  return distinct(places.flatMap((place) => searches.flatMap(({ passages }) => passages[place] ?? [])))
}

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

/** Whether a summary is of a part of its text: who quotes has looked at all that was read. */
const isCut = ({ unread, unshown }: PassagesLeft, { writes }: Draft['speaker']): boolean =>
  unread > 0 || (writes && unshown > 0)

const shownOf = ({ basis, tokens, finish, usedQuestionLength, steps, modelFailure }: Draft) => ({
  basis,
  tokens,
  finish,
  usedQuestionLength,
  steps,
  modelFailure,
})

/** The last event's answer, for callers that do not stream. */
export async function collectAnswer(events: AsyncIterable<AnswerEvent>): Promise<Answer> {
  for await (const event of events) if (event.type === 'done') return event.answer
  throw new Error('The answer pipeline ended without an answer')
}
