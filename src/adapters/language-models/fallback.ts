import type { LanguageModel, ModelEvent, ModelRequest } from '../../core/ports/language-models.ts'
import type { CallOptions, Logger } from '../../core/ports/surroundings.ts'
import { ProviderFailure } from '../../core/provider-failure.ts'
import { createBreaker } from './breaker.ts'
import type { Breaker, BreakerOptions } from './breaker.ts'
import { tooSlow } from './provider-failure.ts'
import { withoutTools } from './tools.ts'

export interface FallbackOptions {
  readonly logger: Logger
  /** Milliseconds for one answer, whoever writes it. */
  readonly total?: number
  readonly breaker?: Partial<BreakerOptions>
}

interface Link {
  readonly model: LanguageModel
  readonly breaker: Breaker
}

/** As long as one model may take by itself. */
const TOTAL = 600_000
const BREAKER: BreakerOptions = { failures: 5, pause: 30_000, now: () => performance.now() }

/** A token for each three bytes, as the prompt's budget counts; what is no text of a message is little. */
const BYTES_PER_TOKEN = 3

/**
 * Several models, all of which write, as one: the first that can be asked answers, and where it fails before it has
 * written anything, the next takes over. `model` events tell who. Text that was given cannot be taken back, so a failure
 * in the middle of it is thrown, and so are a failure that is the request's own fault, and one that another try without
 * tools or schema may spare. Each model has a breaker, so that one that is away costs nobody a wait.
 *
 * What it says of itself (id, window, what it supports) is said of the model that would be asked now.
 */
export function createFallback(
  models: readonly [LanguageModel, ...LanguageModel[]],
  { logger, total = TOTAL, breaker = {} }: FallbackOptions,
): LanguageModel {
  const [first, ...others] = models.map((model): Link => ({
    model,
    breaker: createBreaker({ ...BREAKER, ...breaker }),
  })) as [Link, ...Link[]]
  const links = [first, ...others]
  const next = (): LanguageModel => (links.find((link) => link.breaker.refusal === undefined) ?? first).model

  async function* stream(request: ModelRequest, { signal }: CallOptions = {}): AsyncGenerator<ModelEvent> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(tooSlow('has been asked for one answer', total)), total)
    const both = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal])
    let failure: ProviderFailure | undefined
    try {
      for (const link of links) {
        const refusal = link.breaker.refusal ?? (failure && tooSmall(link.model, request))
        if (refusal === undefined) {
          const { id, provider } = link.model
          yield { type: 'model', provider, id, ...(failure === undefined ? {} : { failed: failure.message }) }
          const failed = yield* through(link, request, both)
          if (failed === undefined) return
          failure ??= failed
          // There is no time left for another.
          if (late.signal.aborted) break
          logger.warn({ err: failed, provider, model: id }, 'A language model failed before its answer')
        } else failure ??= refusal
      }
      throw failure ?? new Error('No language model was asked')
    } finally {
      clearTimeout(timer)
    }
  }

  /** undefined: it has answered. A failure is given where another may answer instead, else thrown. */
  async function* through(
    { model, breaker: own }: Link,
    request: ModelRequest,
    signal: AbortSignal,
  ): AsyncGenerator<ModelEvent, ProviderFailure | undefined> {
    const startedAt = performance.now()
    let begun = false
    let isOver = false
    own.begin()
    try {
      for await (const event of model.stream(fitting(model, request), { signal })) {
        begun ||= event.type !== 'model'
        yield event
      }
      isOver = true
      own.succeeded()
      return undefined
    } catch (error) {
      if (!(error instanceof ProviderFailure)) {
        // Whoever asked has left, or had no time left: then it was this model that took it.
        if (signal.aborted && !begun && isTimeout(signal.reason)) {
          isOver = true
          own.failed(tooSlow('had not answered', performance.now() - startedAt))
        }
        throw error
      }
      isOver = true
      // What refuses a request is there.
      if (!error.elsewhere || error.kind === 'window') own.succeeded()
      else own.failed(error)
      const mayFit = error.kind === 'window' && (request.tools ?? []).length > 0
      if (begun || !error.elsewhere || mayFit) throw error
      return error
    } finally {
      if (!isOver) own.abandoned()
    }
  }

  return {
    get id() {
      return next().id
    },
    get provider() {
      return next().provider
    },
    get contextWindow() {
      return next().contextWindow
    },
    get supports() {
      return next().supports
    },
    writes: true,
    stream,
    /** Resolves where any of them could answer: what fails before it is logged. */
    async probe(options = {}) {
      let failure: unknown
      for (const { model } of links) {
        try {
          await model.probe(options)
          return
        } catch (error) {
          if (options.signal?.aborted === true) throw error
          logger.warn({ err: error, provider: model.provider, model: model.id }, 'A language model does not answer')
          failure ??= error
        }
      }
      throw failure
    },
  }
}

const isTimeout = (reason: unknown): boolean => reason instanceof Error && reason.name === 'TimeoutError'

/** Who takes over was not who the prompt was cut for. */
function tooSmall({ contextWindow }: LanguageModel, { messages }: ModelRequest): ProviderFailure | undefined {
  const bytes = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0)
  if (bytes / BYTES_PER_TOKEN < contextWindow) return undefined
  return new ProviderFailure('upstream_failed', 'The window of the language model is too small for the prompt.', {
    kind: 'request',
  })
}

/** Without what a model does not take. */
function fitting({ supports }: LanguageModel, request: ModelRequest): ModelRequest {
  return {
    ...request,
    ...(supports.tools ? {} : { tools: undefined, messages: withoutTools(request.messages) }),
    ...(supports.jsonSchema ? {} : { output: undefined }),
  }
}
