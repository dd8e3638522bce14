import { z } from 'zod'
import type { LanguageModel } from '../../../core/ports/language-models.ts'
import { failuresOf } from '../provider-failure.ts'
import { createRemoteModel } from '../remote-model.ts'
import type { RemoteModelOptions, WireEvent } from '../remote-model.ts'
import { mediaTypeOf, sentEvents, wholeText, wrongType } from '../response.ts'
import type { Reading } from '../response.ts'
import { createCallPieces } from './call-pieces.ts'
import { Completion, bodyOf, complaintOf, totalOf } from './chat-format.ts'
import { windowOf } from './windows.ts'

export interface OpenAiModelOptions extends Omit<RemoteModelOptions, 'id' | 'provider' | 'contextWindow'> {
  /** Up to and with its version: `https://api.openai.com/v1`. Its query is kept, as for Azure's `api-version`. */
  readonly baseUrl: string
  /** undefined: the server asks for none, as most of one's own. */
  readonly apiKey: string | undefined
  readonly model: string
  /** undefined: as known of the model. */
  readonly contextWindow: number | undefined
}

/** OpenAI's chat completions, or those of any server that speaks the same. */
export function createOpenAiModel({
  baseUrl,
  apiKey,
  model,
  contextWindow,
  ...options
}: OpenAiModelOptions): LanguageModel {
  const failures = failuresOf(
    {
      key: 'OPENAI_API_KEY',
      model: 'OPENAI_MODEL',
      address: 'OPENAI_BASE_URL',
      addressHint: 'it usually ends in /v1',
    },
    apiKey,
  )
  return createRemoteModel(
    {
      headers: keyHeader(baseUrl, apiKey),
      failures,
      ask: (request) => ({ method: 'POST', url: under(baseUrl, '/chat/completions'), body: bodyOf(model, request) }),
      read,
      complaint: complaintOf,
      probe: { method: 'GET', url: under(baseUrl, '/models') },
      // A server of one model need not list it: that it answers is enough.
      probed: async ({ ok, status }) => (ok || status === 404 || status === 405 ? 'fine' : 'look at the status'),
    },
    { ...options, id: model, provider: 'openai', contextWindow: contextWindow ?? windowOf(model) },
  )
}

/** A path below an address, before its query. */
function under(baseUrl: string, path: string): string {
  const url = new URL(baseUrl)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`
  return url.href
}

/** Azure takes a key in a header of its own, and what stands behind `Bearer` for a token of its directory. */
function keyHeader(baseUrl: string, apiKey: string | undefined): Record<string, string> {
  if (apiKey === undefined) return {}
  const { hostname, searchParams } = new URL(baseUrl)
  const isAzure = searchParams.has('api-version') || /\.azure\.(?:com|us|cn)$/.test(hostname)
  return isAzure ? { 'api-key': apiKey } : { authorization: `Bearer ${apiKey}` }
}

/** llama.cpp words an error as a field of its own. */
const errorField = (name: string, value: string): string | undefined =>
  name === 'error' ? `{"error":${value === '' ? '""' : value}}` : undefined

async function* dataOf(response: Response, reading: Reading): AsyncGenerator<string> {
  const type = mediaTypeOf(response)
  if (type.includes('json')) yield await wholeText(response, reading)
  else if (type.includes('event-stream')) yield* sentEvents(response, reading, errorField)
  else wrongType(type, reading)
}

/** The events of a stream; a server that does not stream gives all in one. */
async function* read(response: Response, reading: Reading): AsyncGenerator<WireEvent> {
  const isWhole = mediaTypeOf(response).includes('json')
  const pieces = createCallPieces()
  let reason: string | null = null
  let isAtEnd = false
  for await (const data of dataOf(response, reading)) {
    if (data === '[DONE]') {
      isAtEnd = true
      break
    }
    const { choices, usage, error } = parsed(data, reading)
    if (error !== null && error !== undefined) throw reading.failures.midway(error)
    const choice = choices?.[0]
    const said = choice?.delta ?? choice?.message
    const text = `${said?.content ?? ''}${said?.refusal ?? ''}`
    if (text !== '' && reason === null) yield { type: 'text', text }
    for (const piece of said?.tool_calls ?? []) pieces.add(piece)
    if (reason === null && typeof choice?.finish_reason === 'string') {
      reason = choice.finish_reason
      yield* ending(reason, pieces)
    }
    const tokens = usage === null || usage === undefined ? null : totalOf(usage)
    if (tokens !== null) yield { type: 'tokens', tokens }
  }
  // What ends in order, but without a reason.
  if (reason === null && (isAtEnd || isWhole)) yield* ending('stop', pieces)
}

function* ending(reason: string, pieces: ReturnType<typeof createCallPieces>): Generator<WireEvent> {
  for (const call of pieces.whole()) yield { type: 'call', call }
  yield { type: 'end', reason: reason === 'length' ? 'length' : reason === 'content_filter' ? 'filtered' : 'stop' }
}

function parsed(json: string, { failures }: Reading): z.output<typeof Completion> {
  try {
    return Completion.parse(JSON.parse(json))
  } catch (error) {
    // Its message would quote the text.
    if (error instanceof SyntaxError || error instanceof z.ZodError) {
      throw failures.unreadable('it is not in the format of chat completions')
    }
    throw error
  }
}
