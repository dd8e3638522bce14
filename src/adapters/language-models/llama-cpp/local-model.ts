import { access } from 'node:fs/promises'
import { basename } from 'node:path'
import { Worker } from 'node:worker_threads'
import { installCommand } from '../../../core/install-command.ts'
import { siblingModule } from '../../../core/module-url.ts'
import type { LanguageModel, ModelEvent, ModelRequest } from '../../../core/ports/language-models.ts'
import type { CallOptions, Logger } from '../../../core/ports/surroundings.ts'
import { ProviderFailure } from '../../../core/provider-failure.ts'
import { StartError } from '../../../core/start-error.ts'
import { createEventQueue, type EventQueue } from './event-queue.ts'
import type { FromThread, ThreadData, ToThread } from './messages.ts'

export interface LocalModelOptions extends ThreadData {
  readonly logger: Logger
  /** Module of the thread; for tests. */
  readonly entry?: URL
  /** A model that has stopped is started again by whoever looks after it at most once in so many ms; 30,000 by default. */
  readonly probePause?: number
}

export type LocalModel = LanguageModel & { close(): Promise<void> }

type ModelThread = ReturnType<typeof startThread>

/**
 * One thread with the model, from its start to its end.
 * @param wasLoaded it could be loaded before: that it cannot now is no matter of settings
 */
function startThread(data: ThreadData, entry: URL, logger: Logger, wasLoaded: boolean) {
  const worker = new Worker(entry, { workerData: data, name: 'local model' })
  const send = (message: ToThread): void => worker.postMessage(message, [])
  const found = Promise.withResolvers<number>()
  const loaded = Promise.withResolvers<undefined>()
  const ended = Promise.withResolvers<undefined>()
  const answers = new Map<number, EventQueue>()
  let failure: ProviderFailure | undefined
  let isClosed = false
  // Both are waited for once; of a later thread nobody may.
  found.promise.catch(() => undefined)
  loaded.promise.catch((error: unknown) => {
    if (!isClosed) logger.error({ err: error, model: data.file }, 'The local language model cannot be loaded')
  })

  /** Nothing will come any more. */
  function fail(reason: ProviderFailure): void {
    failure ??= reason
    loaded.reject(failure)
    for (const answer of answers.values()) answer.fail(failure)
  }

  worker.on('message', (message: FromThread) => {
    switch (message.type) {
      case 'found':
        found.resolve(message.contextWindow)
        break
      case 'loaded':
        logger.info({ model: data.file, gpu: message.gpu }, 'The local language model is loaded')
        loaded.resolve(undefined)
        break
      case 'unusable':
        found.reject(unusable(message.message, message.isAbsent))
        fail(notLoaded(message.message, wasLoaded))
        break
      case 'event':
        answers.get(message.call)?.add(message.event)
        break
      case 'failed':
        answers.get(message.call)?.fail(new ProviderFailure('upstream_failed', message.message, { kind: message.kind }))
    }
  })
  worker.on('error', (cause: unknown) => {
    logger.error({ err: cause }, 'The thread of the local language model failed')
    fail(stopped(cause))
  })
  worker.on('exit', () => {
    fail(stopped())
    found.reject(stopped())
    ended.resolve(undefined)
  })

  return {
    /** Of the model: tokens. @throws StartError; ProviderFailure where the thread ended before it knew */
    found: found.promise,
    /** @throws ProviderFailure */
    loaded: loaded.promise,
    /** Once its memory is free again. */
    ended: ended.promise,
    /** Why nothing will come any more. */
    get failure(): ProviderFailure | undefined {
      return failure
    },
    send,
    answers,
    /** Ends what is being written. The thread ends by itself: one that is ended in native code takes the process along. */
    async close(): Promise<void> {
      isClosed = true
      fail(stopped())
      send({ type: 'close' })
      await ended.promise
    },
  }
}

/**
 * A model of a GGUF file, in a thread of this process. Resolves when the file is known to be a model, which is then still
 * being loaded: answers wait for it. A thread that dies takes the answers with it that it had begun; the next one that is
 * asked for starts another. @throws StartError where the package or the file is missing, or no such model
 */
export async function openLocalModel({
  logger,
  entry = THREAD,
  probePause = PROBE_PAUSE_MS,
  ...data
}: LocalModelOptions): Promise<LocalModel> {
  await access(data.file).catch((cause: unknown) => {
    throw new StartError(`LOCAL_LLM_MODEL: there is no readable file ${data.file}`, { cause })
  })
  let wasLoaded = false
  let startedAt = performance.now()
  const start = (): ModelThread => {
    startedAt = performance.now()
    const started = startThread(data, entry, logger, wasLoaded)
    started.loaded.then(
      () => (wasLoaded = true),
      () => undefined,
    )
    return started
  }
  let thread = start()
  const contextWindow = await thread.found
  let lastCall = 0
  let isClosed = false
  let restarting: Promise<void> | undefined

  /** After the one that died has given its memory back: two models side by side may be more than there is room for. */
  async function restart(dead: ModelThread): Promise<void> {
    await dead.ended
    if (isClosed) return
    logger.warn({ model: data.file }, 'The local language model is started again')
    thread = start()
  }

  /** One that may answer. A model that could never be loaded is not tried again: somebody must change a setting. */
  async function living(): Promise<ModelThread> {
    const { failure } = thread
    if (failure === undefined) return thread
    if (isClosed || failure.kind !== 'unavailable') throw failure
    await (restarting ??= restart(thread).finally(() => (restarting = undefined)))
    if (thread.failure !== undefined) throw thread.failure
    return thread
  }

  async function* stream(
    { messages, tools, output, maxTokens }: ModelRequest,
    { signal }: CallOptions = {},
  ): AsyncGenerator<ModelEvent> {
    signal?.throwIfAborted()
    const { answers, send } = await living()
    signal?.throwIfAborted()
    const call = ++lastCall
    const answer = createEventQueue()
    const leave = (): void => answer.leave(signal?.reason)
    answers.set(call, answer)
    signal?.addEventListener('abort', leave)
    send({ type: 'ask', call, prompt: { messages, tools, output, maxTokens } })
    let isWhole = false
    try {
      while (!isWhole) {
        const event = await answer.next()
        isWhole = event.type === 'finish'
        yield event
      }
    } finally {
      signal?.removeEventListener('abort', leave)
      answers.delete(call)
      if (!isWhole) send({ type: 'stop', call })
    }
  }

  return {
    id: basename(data.file).replace(/\.gguf$/i, ''),
    provider: 'local',
    contextWindow,
    supports: { tools: true, jsonSchema: true },
    writes: true,
    stream,
    /**
     * Starts one that has stopped, as a service that counts as unhealthy gets no question that would; but seldom, where it
     * dies as often as it is started.
     */
    async probe({ signal } = {}) {
      const mayStart = thread.failure !== undefined && performance.now() - startedAt >= probePause
      const { loaded } = mayStart ? await living() : thread
      const left = Promise.withResolvers<never>()
      const leave = (): void => left.reject(signal?.reason)
      if (signal?.aborted === true) leave()
      signal?.addEventListener('abort', leave)
      try {
        await Promise.race([loaded, left.promise])
      } finally {
        signal?.removeEventListener('abort', leave)
      }
      if (thread.failure !== undefined) throw thread.failure
    },
    async close() {
      isClosed = true
      await thread.close()
    },
  }
}

const THREAD = siblingModule(import.meta.url, './thread')
const PROBE_PAUSE_MS = 30_000

function unusable(message: string, isAbsent: boolean): StartError {
  return new StartError(
    isAbsent
      ? `LOCAL_LLM_MODEL needs the package node-llama-cpp, which is not installed. Install it with: ${installCommand('node-llama-cpp')}`
      : `LOCAL_LLM_MODEL must be a model of the GGUF format that node-llama-cpp can read. It says: ${message}`,
  )
}

const notLoaded = (message: string, wasLoaded: boolean): ProviderFailure =>
  new ProviderFailure(
    'upstream_failed',
    `The local language model cannot be loaded: look at LOCAL_LLM_MODEL, MAX_CONTEXT_TOKENS and the memory. It says: ${message}`,
    { kind: wasLoaded ? 'unavailable' : 'settings' },
  )

const stopped = (cause?: unknown): ProviderFailure =>
  new ProviderFailure('upstream_failed', 'The local language model has stopped. The next question starts it again.', {
    kind: 'unavailable',
    cause,
  })
