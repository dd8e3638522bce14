import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../../core/errors.ts'
import type {
  CallOptions,
  FinishReason,
  LanguageModel,
  Logger,
  ModelEvent,
  ModelRequest,
  ServiceFetch,
} from '../../../core/ports.ts'
import { chatChunks, complaintOf } from './chat-chunks.ts'
import { createPatience } from './patience.ts'
import type { Limits, Patience } from './patience.ts'
import { ProviderFailure, brokenOff, refused, unreachable } from './provider-failure.ts'
import { takesTemperature, windowOf } from './windows.ts'

export interface OpenAiModelOptions {
  /** Up to and with its version: `https://api.openai.com/v1`. */
  readonly baseUrl: string
  /** undefined: the server asks for none, as most of one's own. */
  readonly apiKey: string | undefined
  readonly model: string
  /** undefined: as known of the model. */
  readonly contextWindow: number | undefined
  readonly limits: Limits
  /** Milliseconds before the second try; doubled for each further one, and drawn at random below that. */
  readonly pause: number
  readonly fetch: ServiceFetch
  readonly logger: Logger
}

const TRIES = 3
/** A service that wants a longer pause (in ms) is not waited for: whoever asks is told when to come back. */
const LONGEST_PAUSE = 10_000
/** For a call whose time its caller bounds. */
const UNBOUNDED = 600_000

/** OpenAI's chat completions, or those of any server that speaks the same, read as they are streamed. */
export function createOpenAiModel(options: OpenAiModelOptions): LanguageModel {
  const { apiKey, model, limits, pause, fetch, logger } = options
  const base = options.baseUrl.replace(/\/+$/, '')
  const headers = {
    'content-type': 'application/json',
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  }

  /** A successful response; a refusal is thrown. A redirect would take the key elsewhere, so it is not followed. */
  async function call(
    path: string,
    init: RequestInit,
    patience: Patience,
    { signal }: CallOptions,
    fine: readonly number[] = [],
  ): Promise<Response> {
    const signals = signal === undefined ? [patience.signal] : [patience.signal, signal]
    const request = { ...init, headers, redirect: 'manual', signal: AbortSignal.any(signals) } as const
    const response = await patience.connecting(fetch(`${base}${path}`, request))
    if (response.ok || fine.includes(response.status)) return response
    const complaint = await complaintOf(response, patience.waiting, apiKey)
    throw refused(response.status, complaint, retryAfterOf(response))
  }

  /** What failed, once it is known that it is not the caller who has gone. */
  function failureOf(error: unknown, patience: Patience, { signal }: CallOptions, begun: boolean): unknown {
    if (signal?.aborted === true) return signal.reason
    if (patience.failure !== undefined) return patience.failure
    if (error instanceof AppError) return error
    // undici throws a TypeError for whatever happens to a connection.
    if (error instanceof TypeError) return begun ? brokenOff(error) : unreachable(error)
    return error
  }

  async function* attempt({ messages }: ModelRequest, callOptions: CallOptions): AsyncGenerator<ModelEvent> {
    const patience = createPatience(limits)
    const stopped = new AbortController()
    const signal = AbortSignal.any([stopped.signal, ...(callOptions.signal === undefined ? [] : [callOptions.signal])])
    let connected = false
    let reason: string | null = null
    let tokens: number | null = null
    let written = false
    try {
      const body = JSON.stringify({
        model,
        messages,
        stream: true,
        stream_options: { include_usage: true },
        ...(takesTemperature(model) ? { temperature: 0 } : {}),
      })
      const response = await call('/chat/completions', { method: 'POST', body }, patience, { signal })
      connected = true
      for await (const chunk of chatChunks(response, patience.waiting, apiKey)) {
        tokens = chunk.tokens ?? tokens
        if (chunk.text !== '' && reason === null) {
          written = true
          yield { type: 'text-delta', text: chunk.text }
        }
        reason ??= chunk.finishReason
      }
    } catch (error) {
      // The answer is whole; what broke were the counts behind it.
      if (reason === null || callOptions.signal?.aborted === true) {
        throw failureOf(error, patience, callOptions, connected)
      }
      logger.warn({ err: error }, 'The language model’s answer is whole, but its stream ended with an error')
    } finally {
      patience.stop()
      // Whoever stops reading in the middle ends the connection, and with it the model's work.
      stopped.abort()
    }
    if (!written) throw emptyAnswer(reason)
    if (reason === null) throw brokenOff()
    yield { type: 'finish', reason: finishOf(reason), tokens }
  }

  async function* stream(request: ModelRequest, callOptions: CallOptions = {}): AsyncGenerator<ModelEvent> {
    for (let tried = 1; ; tried++) {
      let begun = false
      try {
        for await (const event of attempt(request, callOptions)) {
          begun = true
          yield event
        }
        return
      } catch (error) {
        const wait = begun || tried === TRIES ? undefined : waitBefore(error, pause * 2 ** (tried - 1))
        if (wait === undefined) throw error
        logger.warn({ err: error, tried, ms: Math.round(wait) }, 'The language model failed; it is asked again')
        await sleep(wait, undefined, { signal: callOptions.signal })
      }
    }
  }

  return {
    id: model,
    provider: 'openai',
    contextWindow: options.contextWindow ?? windowOf(model),
    supports: { tools: false, jsonSchema: false },
    writes: true,
    stream,
    async probe(callOptions = {}) {
      const patience = createPatience({ connect: UNBOUNDED, idle: UNBOUNDED, total: UNBOUNDED })
      try {
        // A server of one model need not list it: that it answers is enough.
        const response = await call('/models', { method: 'GET' }, patience, callOptions, [404, 405])
        await response.body?.cancel()
      } catch (error) {
        throw failureOf(error, patience, callOptions, false)
      } finally {
        patience.stop()
      }
    },
  }
}

/** Milliseconds until another try may succeed; undefined: none may, or not soon. */
function waitBefore(error: unknown, longest: number): number | undefined {
  if (!(error instanceof ProviderFailure) || !error.again) return undefined
  if (error.retryAfter === undefined) return Math.random() * longest
  const asked = error.retryAfter * 1000
  return asked > LONGEST_PAUSE ? undefined : asked + Math.random() * longest
}

/** Seconds, from a number or a date. */
function retryAfterOf(response: Response): number | undefined {
  const value = response.headers.get('retry-after')?.trim()
  if (value === undefined || value === '') return undefined
  const seconds = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.ceil(seconds))
}

function finishOf(reason: string): FinishReason {
  if (reason === 'length') return 'length'
  return reason === 'content_filter' ? 'filtered' : 'stop'
}

function emptyAnswer(reason: string | null): ProviderFailure {
  if (reason === null) return brokenOff()
  const why =
    reason === 'content_filter'
      ? ': its provider’s content filter withheld it'
      : reason === 'length'
        ? ': its limit of tokens was reached before the first word'
        : ''
  return new ProviderFailure('upstream_failed', `The language model gave an empty answer${why}.`, {
    again: reason !== 'content_filter' && reason !== 'length',
  })
}
