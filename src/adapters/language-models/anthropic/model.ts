import type { LanguageModel } from '../../../core/ports/language-models.ts'
import { failuresOf } from '../provider-failure.ts'
import type { Complaint } from '../../../egress/service-failure.ts'
import { createRemoteModel } from '../remote-model.ts'
import type { RemoteModelOptions, WireEvent } from '../remote-model.ts'
import { jsonOf, mediaTypeOf, sentEvents, wholeText, wrongType } from '../response.ts'
import type { Reading } from '../response.ts'
import { createAnswerBlocks } from './answer-blocks.ts'
import { generationOf } from './generations.ts'
import { Message, StreamEvent, TypeOfEvent, bodyOf, complaintOf } from './message-format.ts'
import type { Usage } from './message-format.ts'

export interface AnthropicModelOptions extends Omit<RemoteModelOptions, 'id' | 'provider' | 'contextWindow'> {
  /** Without its version: `https://api.anthropic.com`. */
  readonly baseUrl: string
  readonly apiKey: string
  readonly model: string
  /** undefined: as known of the model. */
  readonly contextWindow: number | undefined
}

/** The version of the format that is spoken here, and not of a model. */
const VERSION = '2023-06-01'

/** What an error in the middle of a stream would have been as a status. */
const STATUS: Readonly<Record<string, number>> = {
  overloaded_error: 529,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 500,
}

/** Anthropic's Messages API. */
export function createAnthropicModel(given: AnthropicModelOptions): LanguageModel {
  const { baseUrl, apiKey, model, contextWindow, ...options } = given
  const base = baseUrl.replace(/\/+$/, '')
  const generation = generationOf(model)
  return createRemoteModel(
    {
      headers: { 'x-api-key': apiKey, 'anthropic-version': VERSION },
      failures: failuresOf(
        {
          key: 'ANTHROPIC_API_KEY',
          model: 'ANTHROPIC_MODEL',
          address: 'ANTHROPIC_BASE_URL',
          addressHint: 'it has no /v1 at its end',
        },
        apiKey,
      ),
      ask: (request) => ({ method: 'POST', url: `${base}/v1/messages`, body: bodyOf(model, generation, request) }),
      read,
      complaint: complaintOf,
      probe: { method: 'GET', url: `${base}/v1/models/${encodeURIComponent(model)}` },
      async probed(response, reading) {
        if (response.ok || response.status === 405) return 'fine'
        if (response.status !== 404) return 'look at the status'
        // A gateway may know no such page; the service itself says by it that there is no such model.
        const complaint = complaintOf(jsonOf(await wholeText(response, reading)))
        if (complaint?.type === 'not_found_error') throw reading.failures.refused(404, complaint, undefined)
        return 'fine'
      },
    },
    { ...options, id: model, provider: 'anthropic', contextWindow: contextWindow ?? generation.contextWindow },
  )
}

function read(response: Response, reading: Reading): AsyncGenerator<WireEvent> {
  const type = mediaTypeOf(response)
  if (type.includes('event-stream')) return streamed(response, reading)
  if (type.includes('json')) return whole(response, reading)
  return wrongType(type, reading)
}

async function* streamed(response: Response, reading: Reading): AsyncGenerator<WireEvent> {
  const blocks = createAnswerBlocks()
  const counted: Record<string, number> = {}
  for await (const data of sentEvents(response, reading)) {
    const event = eventOf(data, reading)
    switch (event?.type) {
      case 'message_start':
        add(counted, event.message.usage)
        break
      case 'content_block_start':
        yield* blocks.begin(event.index, event.content_block)
        break
      case 'content_block_delta':
        yield* blocks.add(event.index, event.delta)
        break
      case 'content_block_stop':
        blocks.end(event.index)
        break
      case 'message_delta':
        add(counted, event.usage)
        if (typeof event.delta.stop_reason !== 'string') break
        yield* total(counted)
        yield* blocks.whole()
        yield { type: 'end', reason: endOf(event.delta.stop_reason) }
        break
      case 'message_stop':
        return
      case 'error':
        throw midway(event.error, reading)
      default:
    }
  }
}

async function* whole(response: Response, reading: Reading): AsyncGenerator<WireEvent> {
  const message = Message.safeParse(jsonOf(await wholeText(response, reading)))
  if (!message.success) throw reading.failures.unreadable('it is not in the format of the Messages API')
  const blocks = createAnswerBlocks()
  for (const [index, block] of message.data.content.entries()) {
    yield* blocks.begin(index, block)
    blocks.end(index)
  }
  const counted: Record<string, number> = {}
  add(counted, message.data.usage)
  yield* total(counted)
  yield* blocks.whole()
  yield { type: 'end', reason: endOf(message.data.stop_reason ?? 'end_turn') }
}

/** undefined: of a type that is not known here. */
function eventOf(data: string, { failures }: Reading): StreamEvent | undefined {
  const json = jsonOf(data)
  const event = StreamEvent.safeParse(json)
  if (event.success) return event.data
  const type = TypeOfEvent.safeParse(json)
  const isKnown = type.success && StreamEvent.options.some((option) => option.shape.type.value === type.data.type)
  if (type.success && !isKnown) return undefined
  throw failures.unreadable('it is not in the format of the Messages API')
}

/** Counts are cumulative: a later one takes the place of an earlier. */
function add(counted: Record<string, number>, usage: Usage | null | undefined): void {
  for (const [name, tokens] of Object.entries(usage ?? {})) if (typeof tokens === 'number') counted[name] = tokens
}

function* total(counted: Readonly<Record<string, number>>): Generator<WireEvent> {
  const counts = Object.values(counted)
  if (counts.length > 0) yield { type: 'tokens', tokens: counts.reduce((a, b) => a + b, 0) }
}

function midway(complaint: Complaint, { failures }: Reading): Error {
  const status = STATUS[complaint.type ?? '']
  return status === undefined ? failures.midway(complaint) : failures.refused(status, complaint, undefined)
}

function endOf(reason: string): 'stop' | 'length' | 'filtered' {
  if (reason === 'max_tokens' || reason === 'model_context_window_exceeded') return 'length'
  return reason === 'refusal' ? 'filtered' : 'stop'
}
