import type { Embedder } from '../../core/ports/embedding.ts'
import type { Evidence, LanguageModel } from '../../core/ports/language-models.ts'
import type { CallOptions, Logger } from '../../core/ports/surroundings.ts'
import type { UserId } from '../../core/ids.ts'
import { createTurns } from '../../core/turns.ts'
import type { AnswerEvent, AnswerRequest } from './answer.ts'
import type { PageOfAnswer } from './answer-web.ts'
import { cosineScale } from './encoder-scale.ts'
import { buildLedger } from './evidence.ts'
import { fitFor } from './fitted-weights.ts'
import type { RankedPassage, Retrieve, Retrieved } from './passages.ts'
import { contentWords, readQuestion } from './question.ts'
import type { Question } from './question.ts'
import { candidateReader } from './sentence-candidates.ts'
import type { ReadPassage } from './sentence-candidates.ts'
import { UNRANKED, rankSentences } from './sentence-ranking.ts'
import type { SentenceRanking } from './sentence-ranking.ts'
import { createSimilarity } from './similarity.ts'
import type { Similarity } from './similarity.ts'
import type { VerifyDependencies } from './verify.ts'
import { webPassages } from './web-passages.ts'

/** What passages say to a question. */
export interface Findings {
  readonly read: readonly ReadPassage[]
  readonly ranking: SentenceRanking
  readonly evidence: readonly Evidence[]
}

/** What is known of passages before anything is written. */
export interface Gathered extends Findings {
  readonly question: Question
  /** Best first. */
  readonly passages: readonly RankedPassage[]
  /** The findings that the confidence of a finished answer rests on; the numbers of their evidence are the same. */
  judge(): Promise<Findings>
}

export interface GatheringDependencies {
  readonly retrieve: Retrieve
  readonly embedder: Embedder
  readonly words: VerifyDependencies['words']
  readonly languageModel: LanguageModel
  readonly logger: Logger
}

export type Gathering = ReturnType<typeof createGathering>

/** Written answers whose sentences get vectors at the same time. */
const MOST_JUDGED = 4
/** Of the best passages so many are read to decide whether a model is asked to write. */
const PASSAGES_OF_GATE = 2

/** Finds passages for a question, and what they say to it. */
export function createGathering({ retrieve, embedder, words, languageModel, logger }: GatheringDependencies) {
  let judging = 0
  const byVectors = createSimilarity(embedder, logger)
  /** Where many answers are being judged, sentences stay doubtful that vectors would tell more of. */
  const similarity: Similarity = async (...compared) => (judging >= MOST_JUDGED ? undefined : byVectors(...compared))
  const inTurn = createTurns()

  /** @param firstNumber of the evidence that the passages become */
  async function gather(
    { owner }: Pick<AnswerRequest, 'owner'>,
    text: string,
    passages: readonly RankedPassage[],
    firstNumber: number,
    options: CallOptions,
  ): Promise<Gathered> {
    const asked = contentWords(text)
    const idf = await words.idf(
      owner,
      asked.map((word) => word.text),
      options,
    )
    const question = readQuestion(text, asked, idf)
    let reader: ReturnType<typeof candidateReader> | undefined
    const find = async (encoder: Embedder | undefined, count?: number): Promise<Findings> => {
      const read = await inTurn(() => {
        reader ??= candidateReader(question, passages, cosineScale(embedder))
        return reader(count)
      })
      const candidates = read.flatMap((passage) => passage.candidates)
      const ranking =
        candidates.length === 0
          ? UNRANKED
          : await rankSentences(
              question,
              candidates,
              { embedder: encoder, fit: fitFor(embedder), logger },
              { ...options, urgent: !waits },
            )
      return { read, ranking, evidence: buildLedger(passages, read, ranking, firstNumber) }
    }
    // One who quotes needs the best sentences first. One who writes must only know whether it is worth it, which the
    // words of the best passages tell nearly as well and a hundred times as fast. The rest is done when it has written,
    // as till then others may wait for their first word.
    const waits = languageModel.writes
    const first = waits ? await find(undefined, PASSAGES_OF_GATE) : await find(embedder)
    let whole: Promise<Findings> | undefined = waits ? undefined : Promise.resolve(first)
    return { question, passages, ...first, judge: () => (whole ??= judged(find)) }
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

  /** The passages; what the search did without is told, and the answer goes on without it. */
  async function* search(
    request: AnswerRequest,
    text: string,
    topK: number,
    options: CallOptions,
  ): AsyncGenerator<AnswerEvent, Retrieved> {
    const scope = { owner: request.owner, documents: request.documents, filter: request.filter }
    yield { type: 'stage', stage: 'embeddings', message: 'Reading the question' }
    const retrieved = await retrieve(scope, text, { limit: topK, preferChat: request.chatId, ...options })
    const failureOf = (part: 'embeddings' | 'reranking') =>
      retrieved.failures?.find((one) => one.part === part)?.message
    const unread = failureOf('embeddings')
    if (unread !== undefined) yield { type: 'stage', stage: 'embeddings', message: 'Searching by words', error: unread }
    const unordered = failureOf('reranking')
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
      ...(unordered === undefined ? {} : { error: unordered }),
    }
    return retrieved
  }

  /** What the web says, beside the documents' passages; best first. */
  async function withWeb(
    owner: UserId,
    text: string,
    passages: readonly RankedPassage[],
    pages: readonly PageOfAnswer[],
    options: CallOptions,
  ): Promise<readonly RankedPassage[]> {
    if (pages.length === 0) return passages
    const found = await webPassages(
      { owner, question: text, pages, passages },
      { words, embedder, logger, inTurn },
      options,
    )
    return [...passages, ...found].toSorted((a, b) => b.fused - a.fused)
  }

  return { gather, search, withWeb, similarity }
}
