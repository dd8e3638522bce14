import { languageModels } from '../adapters/language-models/registry.ts'
import type { Config } from '../config/config.ts'
import { newRequestId, type ChatId } from '../core/ids.ts'
import type { LanguageModel, Logger } from '../core/ports.ts'
import { createAsk } from '../features/answering/ask.ts'
import { contractParts } from '../features/answering/contract-parts.ts'
import { checkedQuestion, createAnswering } from '../features/answering/pipeline.ts'
import type { presentAnswer } from '../features/answering/presenter.ts'
import { createChats } from '../features/chats/service.ts'
import * as documentsRepository from '../features/documents/repository.ts'
import { createHistory } from '../features/history/history.ts'
import { createSystemPrompts } from '../features/settings/system-prompt.ts'
import { createAnswerPlaces } from '../http/answer-places.ts'
import type { DocumentParts } from './documents.ts'
import type { PartsDeps } from './parts.ts'
import type { Search } from './search.ts'

/** What the answerer's weights were fitted with. */
const ANSWER_PASSAGES = 5

interface AnswersDeps extends PartsDeps {
  readonly search: Search
  readonly documentParts: DocumentParts
}

/** What answers questions, alone and in chats, and what remembers them. */
export async function createAnswers({
  config,
  stores: { database, embedder, index },
  clock,
  logger,
  opened,
  search: { retrieval, results, statistics },
  documentParts: { documents, forgetting },
}: AnswersDeps) {
  const languageModel = openLanguageModel(config, logger)
  const answering = createAnswering({
    retrieve: (scope, question, { limit, preferChat, signal }) =>
      retrieval.search(scope, question, { type: 'hybrid', limit, preferChat }, { signal }),
    reading: (scope) => documents.reading(scope),
    embedder,
    words: index.words,
    languageModel,
    content: async (document, version) =>
      (await documentsRepository.versionContent(database.read, document, version))?.content,
    settings: {
      topK: ANSWER_PASSAGES,
      confidenceThreshold: config.answers.confidenceThreshold,
      maxQuestionChars: config.answers.maxQuestionChars,
      strict: config.answers.strict,
      generalKnowledge: config.answers.generalKnowledge,
    },
    logger,
    clock,
  })
  const systemPrompts = createSystemPrompts({ database, clock })
  const answered = (milliseconds: number): void => {
    statistics.count('questions')
    statistics.count('searches')
    statistics.count('response_ms', milliseconds)
  }
  const places = createAnswerPlaces(config.answers.perUser)
  const chats = opened(
    await createChats(
      {
        database,
        places,
        source: {
          async check({ question, ...scope }) {
            const text = checkedQuestion(question, config.answers.maxQuestionChars)
            await retrieval.checkedScope(scope)
            return text
          },
          answer: (question, options) => contractParts(answering.answer(question, options), question),
          model: () => languageModel.id,
        },
        systemPromptOf: systemPrompts.of,
        answered,
        forgetDeleted: forgetting?.forgetDeleted,
        clock,
        logger,
      },
      { graceMs: config.answers.streamGrace },
    ),
  )
  const history = createHistory({ database, clock, forgetDeleted: forgetting?.forgetDeleted })
  const ask = createAsk({
    answering,
    embeddingModel: embedder.name,
    provider: languageModel.provider,
    systemPromptOf: systemPrompts.of,
    results,
    places,
    answered,
    inChat: async (by, asked, { signal, requestId = newRequestId() }) =>
      (await chats.askWhole(
        {
          ...asked,
          by,
          owner: by.userId,
          sessionId: by.sessionId ?? null,
          requestId,
          chatId: asked.chatId as ChatId,
        },
        signal,
      )) as ReturnType<typeof presentAnswer>,
    record: history.record,
  })
  return { languageModel, systemPrompts, chats, history, ask }
}

function openLanguageModel(config: Config, logger: Logger): LanguageModel {
  const { writer } = config.answers
  if (writer.provider === 'extractive') return languageModels.extractive.create()
  return languageModels.openai.create(writer, { fetch, logger })
}
