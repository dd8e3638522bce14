import type { z } from 'zod'
import { canonicalText } from '../../core/canonical-text.ts'
import type { DocumentId, UserId } from '../../core/ids.ts'
import type { AnsweredQuestion } from '../../core/ports/people.ts'
import { documentsIn } from '../../database/cited-documents.ts'
import type { ResultCache } from '../../database/result-cache.ts'
import { jsonForm } from '../../database/result-text.ts'
import { requireScope, type Caller } from '../../http/access.ts'
import type { AnswerPlaces } from '../../http/answer-places.ts'
import type { Answer, AnswerEvent, AnswerRequest } from './answer.ts'
import { instructionWarnings } from './found-instructions.ts'
import type { Answering } from './pipeline.ts'
import { presentAnswer } from './presenter.ts'
import { answerItself, type AskRequest, type AskResponse } from './schemas.ts'

export interface AskDeps {
  readonly answering: Answering
  readonly embeddingModel: string
  readonly answered: (milliseconds: number) => void
  /** The person's own instructions for who writes; null: none. */
  readonly systemPromptOf: (owner: UserId) => Promise<string | null>
  /** Answers that were given and still hold. */
  readonly results: ResultCache
  /** Names the models, besides who writes, that answers depend on. */
  readonly models: () => readonly string[]
  /** Of each person who asks; a chat takes its own. */
  readonly places: AnswerPlaces
  /** Asks in a chat, which stores, counts and records the question and its answer. */
  readonly inChat: (caller: Caller, asked: ChatQuestion, options: AskOptions) => Promise<Presented>
  /** Keeps question and answer in the asker's history, with what the answer may have been drawn from. */
  readonly record: (asked: AnsweredQuestion, documents: Iterable<DocumentId>) => Promise<void>
}

export interface ChatQuestion extends Omit<AnswerRequest, 'owner'> {
  readonly chatId: string
}

export interface AskOptions {
  readonly signal: AbortSignal
  /** undefined: the answer is given one of its own. */
  readonly requestId?: string | undefined
  /** How the asker wants this answer to sound, beside their own instructions. Who only quotes cannot heed it. */
  readonly personality?: string | undefined
  /** Hears what happens before the answer is there. */
  readonly onEvent?: (event: Exclude<AnswerEvent, { type: 'done' }>) => void
}

type Presented = ReturnType<typeof presentAnswer>
type Kept = z.output<typeof answerItself>

const AnswerText = jsonForm(answerItself)

export type Ask = (caller: Caller, request: AskRequest, options: AskOptions) => Promise<AskResponse>

/** One question to its answer with the fields of `/api/v1/ask`, counted and in the asker's history. */
export function createAsk({
  answering,
  embeddingModel,
  answered,
  systemPromptOf,
  results,
  models,
  places,
  inChat,
  record,
}: AskDeps): Ask {
  return async (caller, request, options) => {
    const { userId: owner, sessionId } = caller
    const { signal, onEvent, personality } = options
    const startedAt = performance.now()
    /** Sentences about what this answer was made without. */
    const without: string[] = []
    const surroundings = (presented: Kept) => {
      const milliseconds = performance.now() - startedAt
      return {
        ...presented,
        processing_time: milliseconds / 1000,
        processing_time_ms: milliseconds,
        vector_search_enabled: presented.sources_used.some((source) => source.vectorized_search),
        embedding_model: embeddingModel,
        warnings: [...without, ...instructionWarnings(presented.found_instructions)],
      }
    }
    const { context } = request
    const asked = {
      question: canonicalText(request.question),
      documents: request.document_ids,
      filter: request.filters,
      chatId: request.chat_id,
      topK: request.top_k,
      context: context === undefined || Object.keys(context).length === 0 ? undefined : JSON.stringify(context),
      webSearch: request.web_search_enabled,
    }
    const { chatId } = asked
    if (chatId !== undefined) {
      requireScope(caller, 'write')
      // The person's own instructions go with every question of a chat by themselves; what replaces them has both.
      const systemPrompt = personality?.trim() ? joined(await systemPromptOf(owner), personality) : undefined
      return { ...surroundings(await inChat(caller, { ...asked, chatId, systemPrompt }, options)), cached: false }
    }
    const prompted = { ...asked, systemPrompt: joined(await systemPromptOf(owner), personality) }
    const make = async () => {
      for await (const event of answering.answer({ owner, ...prompted }, { signal })) {
        if (event.type === 'done') {
          const value = presentAnswer(event.answer)
          const isKept = without.length === 0 && isInFull(event.answer)
          return { value, weight: isKept ? AnswerText.write(value).length : undefined }
        }
        const failure = failureOf(event)
        if (failure !== undefined) without.push(failure)
        onEvent?.(event)
      }
      throw new Error('The answer pipeline ended without an answer')
    }
    const { value: answer, cached } = await places.during(caller, () =>
      results.through<Kept>(owner, ['answer', ...models(), prompted], AnswerText, make),
    )
    const response = { ...surroundings(answer), cached }
    answered(response.processing_time_ms)
    const entry = {
      userId: owner,
      chatId: null,
      sessionId: sessionId ?? null,
      question: asked.question,
      answer: response.answer,
      confidence: response.confidence,
      sources: response.sources_used,
      reasoning: response.reasoning,
      seconds: response.processing_time,
    }
    // A model may have used what it only read or saw in a list, too.
    await record(entry, documentsIn(response))
    return response
  }
}

/** All that the person wants of tone and form: always, and of this answer. */
function joined(always: string | null, personality = ''): string | undefined {
  const parts = [always ?? '', personality.trim()].filter((part) => part !== '')
  return parts.length === 0 ? undefined : parts.join('\n\n')
}

/**
 * What is not an answer in full may be one a moment later. What the web says nobody here hears of when it changes, and who
 * has it searched wants it as it is now: such an answer is made anew each time.
 */
const isInFull = ({ abstained, isHurried, finish, web }: Answer): boolean =>
  !abstained && !isHurried && finish === 'complete' && !web.isUsed

/** A sentence about a part of the search that failed, so that the answer may be better a moment later. */
export function failureOf(event: AnswerEvent): string | undefined {
  if (event.type !== 'stage') return undefined
  if (event.stage === 'search_step') return event.step.degraded ?? undefined
  return 'error' in event ? event.error : undefined
}
