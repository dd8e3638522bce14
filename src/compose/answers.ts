import { languageModels } from '../adapters/language-models/registry.ts'
import type { Config, RemoteWriter, Writer } from '../config/config.ts'
import { AppError, assertNever } from '../core/errors.ts'
import { isSnapshotId, newRequestId, type ChatId } from '../core/ids.ts'
import type { LanguageModel } from '../core/ports/language-models.ts'
import type { ServiceFetch } from '../core/ports/network.ts'
import type { SharedState } from '../core/ports/shared-state.ts'
import type { Logger } from '../core/ports/surroundings.ts'
import type { PageReader, WebSearch } from '../core/ports/web.ts'
import type { OpenPage } from '../features/answering/answer-web.ts'
import { createAsk } from '../features/answering/ask.ts'
import { contractParts } from '../features/answering/contract-parts.ts'
import { checkedQuestion, createAnswering } from '../features/answering/pipeline.ts'
import type { presentAnswer } from '../features/answering/presenter.ts'
import { createChats } from '../features/chats/service.ts'
import * as documentsRepository from '../features/documents/repository.ts'
import { SNAPSHOT_VERSION, type WebSnapshots } from '../features/documents/web-snapshots.ts'
import { createHistory } from '../features/history/history.ts'
import { createLibrary } from '../features/retrieval/library.ts'
import { createSystemPrompts } from '../features/settings/system-prompt.ts'
import { createAnswerPlaces } from '../http/answer-places.ts'
import type { DocumentParts } from './documents.ts'
import type { PartsDeps } from './parts.ts'
import type { Search } from './search.ts'
import { openServiceDoor } from './service-door.ts'
import type { Opened } from './opened.ts'

/** What the answerer's weights were fitted with. */
const ANSWER_PASSAGES = 5

interface AnswersDeps extends PartsDeps {
  readonly shared: SharedState
  readonly search: Search
  readonly documentParts: DocumentParts
  /** undefined: the web is not searched. */
  readonly webSearch: WebSearch | undefined
}

/** What answers questions, alone and in chats, and what remembers them. */
export async function createAnswers({
  config,
  stores: { database, embedder, index },
  instances,
  clock,
  logger,
  opened,
  shared,
  search: { retrieval, results, statistics, models },
  documentParts: { documents, webSnapshots, pageReader, patience, forgetting },
  webSearch,
}: AnswersDeps) {
  const { languageModel, quoting } = await openLanguageModels(config, logger, opened)
  const answering = createAnswering({
    retrieve: (scope, question, { limit, preferChat, signal }) =>
      retrieval.search(scope, question, { type: 'hybrid', limit, preferChat }, { signal }),
    library: createLibrary({ database }),
    labelsOf: (owner, of) => documentsRepository.labelsOf(database.read, owner, of),
    reading: (scope) => documents.reading(scope),
    embedder,
    words: index.words,
    languageModel,
    quoting,
    content: async (document, version) =>
      isSnapshotId(document)
        ? webSnapshots.content(document, version)
        : (await documentsRepository.versionContent(database.read, document, version))?.content,
    web: { search: webSearch, open: pageOpener(pageReader, webSnapshots), ...patience },
    settings: {
      topK: ANSWER_PASSAGES,
      confidenceThreshold: config.answers.confidenceThreshold,
      maxQuestionChars: config.answers.maxQuestionChars,
      strict: config.answers.strict,
      generalKnowledge: config.answers.generalKnowledge,
      searchSteps: config.answers.searchSteps,
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
        instances,
        shared,
        places,
        source: {
          async check({ question, ...scope }) {
            const text = checkedQuestion(question, config.answers.maxQuestionChars)
            await retrieval.checkedScope(scope)
            return text
          },
          answer: (question, options) => contractParts(answering.answer(question, options)),
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
    systemPromptOf: systemPrompts.of,
    results,
    // One that takes over from another that failed is not kept, so who should write is enough.
    models: () => [...models(), languageModel.id],
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
  return { languageModel, quotes: quoting !== undefined, systemPrompts, chats, history, ask }
}

/** Opens pages for answers, and keeps each as it was before anything is drawn from it. */
const pageOpener =
  (pages: PageReader, snapshots: WebSnapshots): OpenPage =>
  async (owner, address, options) => {
    const { url, title, text, language, passages: chunks } = await pages.readPage(address, options)
    if (chunks.length === 0) throw new AppError('document_empty', 'The page has no text.')
    const documentId = await snapshots.keep(owner, { url, title, content: text, language })
    return { documentId, version: SNAPSHOT_VERSION, url, title, language, length: text.length, chunks }
  }

/** Who writes, and who quotes where nobody can write; undefined: nobody does, and the answer fails. */
async function openLanguageModels(
  { answers: { writers, quotesInstead }, http }: Config,
  logger: Logger,
  opened: Opened,
): Promise<{ readonly languageModel: LanguageModel; readonly quoting: LanguageModel | undefined }> {
  const open = async (writer: Writer, i: number): Promise<LanguageModel> => {
    if (writer.provider === 'local') return opened(await (await languageModels.local()).create(writer, { logger }))
    const isLast = !quotesInstead && i === writers.length - 1
    // One that does not answer must leave the others the time to. Ollama may have to read its model from a disk first.
    const limits = isLast || writer.provider === 'ollama' ? {} : { connect: Math.ceil(http.requestTimeout / 2) }
    const fetch = await openServiceDoor(writer.baseUrl, opened)
    return openRemote({ ...writer, limits }, { fetch, logger })
  }
  const [first, ...others] = await Promise.all(writers.map(open))
  const quoting = languageModels.extractive.create()
  if (first === undefined) return { languageModel: quoting, quoting: undefined }
  const { createFallback } = await import('../adapters/language-models/fallback.ts')
  return { languageModel: createFallback([first, ...others], { logger }), quoting: quotesInstead ? quoting : undefined }
}

async function openRemote(
  writer: RemoteWriter & { readonly limits: { readonly connect?: number } },
  deps: { readonly fetch: ServiceFetch; readonly logger: Logger },
): Promise<LanguageModel> {
  switch (writer.provider) {
    case 'openai':
      return (await languageModels.openai()).create(writer, deps)
    case 'anthropic':
      return (await languageModels.anthropic()).create(writer, deps)
    case 'ollama':
      return (await languageModels.ollama()).create(writer, deps)
    default:
      return assertNever(writer)
  }
}
