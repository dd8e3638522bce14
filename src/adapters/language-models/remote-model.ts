import { AppError } from '../../core/errors.ts'
import type {
  FinishReason,
  LanguageModel,
  ModelEvent,
  ModelRequest,
  ToolCall,
} from '../../core/ports/language-models.ts'
import type { ServiceFetch } from '../../core/ports/network.ts'
import type { CallOptions, Logger } from '../../core/ports/surroundings.ts'
import type { ProviderFailure } from '../../core/provider-failure.ts'
import { retryAfterOf, type Complaint } from '../../egress/service-failure.ts'
import { createPatience } from './patience.ts'
import type { Limits, Patience } from './patience.ts'
import { emptyAnswer } from './provider-failure.ts'
import type { Asked, Failures } from './provider-failure.ts'
import type { Reading } from './response.ts'
import { jsonOf, wholeText } from './response.ts'
import { retried } from './retry.ts'

/** What a provider's stream says. `end` once, though what only counts may come behind it. */
export type WireEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'call'; readonly call: ToolCall }
  /** Of prompt and answer together. */
  | { readonly type: 'tokens'; readonly tokens: number }
  | { readonly type: 'end'; readonly reason: Exclude<FinishReason, 'tools' | 'abstain'> }

export interface WireRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly body?: object | undefined
}

/** How one provider is spoken to; everything else is the same for all. */
export interface Wire {
  readonly headers: Readonly<Record<string, string>>
  readonly failures: Failures
  ask(request: ModelRequest): WireRequest
  /** Throws a ProviderFailure for what is not in the provider's format; without an `end` the stream broke off. */
  read(response: Response, reading: Reading): AsyncIterable<WireEvent>
  /** What the JSON of a refusal says; undefined: nothing that can be shown. */
  complaint(body: unknown): Complaint | undefined
  readonly probe: WireRequest
  /** Looks at the answer to `probe`, of any status. Throws what is wrong; returns where `refused` tells it as well. */
  probed(response: Response, reading: Reading): Promise<'fine' | 'look at the status'>
}

export interface RemoteModelOptions {
  readonly id: string
  readonly provider: string
  readonly contextWindow: number
  readonly limits: Limits
  /** Milliseconds before a second try, at most. */
  readonly pause: number
  readonly fetch: ServiceFetch
  readonly logger: Logger
}

/** For a call whose time its caller bounds. */
const UNBOUNDED = { connect: 600_000, idle: 600_000, total: 600_000 }

/** By these words a service says that it never takes what it was given, and not that it was given wrongly. */
const NEVER = /support|require|unrecogni[sz]ed|unknown|unexpected|not (?:allowed|available|permitted|enabled)/i

/** A model behind HTTP whose answers are read as they are streamed. */
export function createRemoteModel(wire: Wire, options: RemoteModelOptions): LanguageModel {
  const { limits, pause, fetch, logger } = options
  const { failures } = wire
  // What a server has refused for good is not offered to it again.
  const lacks = { tools: false, jsonSchema: false }

  /** A redirect would take the key elsewhere, so it is not followed. */
  async function send(
    { method, url, body }: WireRequest,
    patience: Patience,
    { signal }: CallOptions,
  ): Promise<Response> {
    const signals = signal === undefined ? [patience.signal] : [patience.signal, signal]
    const request = {
      method,
      headers: { ...wire.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      redirect: 'manual',
      signal: AbortSignal.any(signals),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    } as const
    return patience.connecting(fetch(url, request))
  }

  async function refusal(response: Response, patience: Patience, asked?: Asked): Promise<ProviderFailure> {
    const reading = { waiting: patience.waiting, failures }
    // Where it says nothing that can be read, the status alone is enough to say what failed.
    const complaint = wire.complaint(jsonOf(await wholeText(response, reading))) ?? { message: '' }
    const failure = failures.refused(response.status, complaint, retryAfterOf(response), asked)
    if (NEVER.test(complaint.message)) {
      if (failure.kind === 'tools') lacks.tools = true
      if (failure.kind === 'schema') lacks.jsonSchema = true
    }
    return failure
  }

  /** What failed, once it is known that it is not the caller who has gone. */
  function failureOf(error: unknown, patience: Patience, { signal }: CallOptions, begun: boolean): unknown {
    if (signal?.aborted === true) return signal.reason
    if (patience.failure !== undefined) return patience.failure
    if (error instanceof AppError) return error
    // undici throws a TypeError for whatever happens to a connection.
    if (error instanceof TypeError) return begun ? failures.brokenOff(error) : failures.unreachable(error)
    return error
  }

  async function* attempt(request: ModelRequest, callOptions: CallOptions): AsyncGenerator<ModelEvent> {
    const patience = createPatience(limits)
    const stopped = new AbortController()
    const signal = AbortSignal.any([stopped.signal, ...(callOptions.signal === undefined ? [] : [callOptions.signal])])
    const asked = { tools: (request.tools ?? []).length > 0, schema: request.output !== undefined }
    let connected = false
    let reason: Exclude<FinishReason, 'tools' | 'abstain'> | null = null
    let tokens: number | null = null
    let written = false
    const calls: ToolCall[] = []
    try {
      const response = await send(wire.ask(request), patience, { signal })
      if (!response.ok) throw await refusal(response, patience, asked)
      connected = true
      for await (const event of wire.read(response, { waiting: patience.waiting, failures })) {
        if (event.type === 'tokens') tokens = event.tokens
        else if (reason !== null) continue
        else if (event.type === 'end') reason = event.reason
        else if (event.type === 'call') calls.push(event.call)
        else if (event.text !== '') {
          written = true
          yield { type: 'text-delta', text: event.text }
        }
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
    if (reason === null) throw failures.brokenOff()
    // A call that the limit cut off is half a call.
    const whole = reason === 'stop' ? calls : []
    if (!written && whole.length === 0) throw emptyAnswer(reason)
    for (const call of whole) yield { type: 'tool-call', call }
    yield { type: 'finish', reason: whole.length > 0 ? 'tools' : reason, tokens }
  }

  return {
    id: options.id,
    provider: options.provider,
    contextWindow: options.contextWindow,
    supports: {
      get tools() {
        return !lacks.tools
      },
      get jsonSchema() {
        return !lacks.jsonSchema
      },
    },
    writes: true,
    stream: (request, callOptions = {}) =>
      retried(() => attempt(request, callOptions), { pause, logger, signal: callOptions.signal }),
    async probe(callOptions = {}) {
      const patience = createPatience(UNBOUNDED)
      try {
        const response = await send(wire.probe, patience, callOptions)
        if ((await wire.probed(response, { waiting: patience.waiting, failures })) === 'fine') {
          if (!response.bodyUsed) await response.body?.cancel()
        } else if (!response.ok) throw await refusal(response, patience)
      } catch (error) {
        throw failureOf(error, patience, callOptions, false)
      } finally {
        patience.stop()
      }
    },
  }
}
