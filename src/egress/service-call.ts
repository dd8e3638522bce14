import { AppError } from '../core/errors.ts'
import type { ServiceFetch } from '../core/ports/network.ts'
import type { CallOptions } from '../core/ports/surroundings.ts'
import type { ProviderFailure } from '../core/provider-failure.ts'
import {
  brokenOff,
  refusedBy,
  retryAfterOf,
  tooSlow,
  unreachable,
  unreadableFrom,
  withoutSecrets,
  type ServiceWords,
} from './service-failure.ts'

export interface Service {
  readonly fetch: ServiceFetch
  readonly words: ServiceWords
  /** Sent as a bearer token; undefined: the service asks for none, or is given it otherwise. */
  readonly apiKey: string | undefined
  /** What a refusal means where the service has words of its own for it. `body`: its JSON, if it is some. */
  readonly refusal?: (response: Response, body: unknown) => ProviderFailure
}

export interface JsonRequest {
  readonly address: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON; undefined: nothing is, by GET. */
  readonly body?: object | undefined
  /** For the whole call, body included. */
  readonly milliseconds: number
  /** Longest body of the answer. */
  readonly bytes: number
}

/**
 * One request to a configured service; gives what the JSON of its answer says. A redirect would take the key elsewhere, so
 * none is followed. @throws ProviderFailure; the signal's reason once it has aborted
 */
export async function callJson(
  service: Service,
  { address, headers, body, milliseconds, bytes }: JsonRequest,
  { signal }: CallOptions = {},
): Promise<unknown> {
  signal?.throwIfAborted()
  const { fetch, words, apiKey } = service
  // Kept until the call is over: a deadline that only a composed signal holds may be collected.
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(tooSlow(words, milliseconds)), milliseconds)
  const either = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal])
  let answered = false
  try {
    const response = await fetch(address, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        accept: 'application/json',
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: either,
    })
    answered = true
    if (response.ok) return await jsonOf(response, words, bytes)
    throw await refusal(service, response)
  } catch (error) {
    signal?.throwIfAborted()
    if (late.signal.aborted) throw late.signal.reason
    if (error instanceof AppError) throw error
    throw answered ? brokenOff(words, error) : unreachable(words, error)
  } finally {
    clearTimeout(timer)
  }
}

const LONGEST_COMPLAINT = 1_048_576

async function refusal({ words, apiKey, refusal: own }: Service, response: Response): Promise<ProviderFailure> {
  // A longer one is no complaint, but a page of a proxy or the like, which says nothing that can be shown.
  const body = parsed((await textOf(response, LONGEST_COMPLAINT)) ?? '')
  if (own !== undefined) return own(response, body)
  return refusedBy(response.status, {}, withoutSecrets(complaintIn(body), apiKey), retryAfterOf(response), words)
}

async function jsonOf(response: Response, words: ServiceWords, bytes: number): Promise<unknown> {
  const type = response.headers.get('content-type') ?? ''
  if (!type.includes('json')) {
    await response.body?.cancel()
    throw unreadableFrom(words, `it is ${type === '' ? 'of no type' : type.split(';')[0]} and not JSON`)
  }
  const text = await textOf(response, bytes)
  if (text === undefined) throw unreadableFrom(words, 'it is too long')
  const json = parsed(text)
  // What could not be parsed would be quoted by the error.
  if (json === undefined) throw unreadableFrom(words, 'it is not whole JSON')
  return json
}

/** undefined: it is longer than `most` bytes. */
async function textOf(response: Response, most: number): Promise<string | undefined> {
  const decoder = new TextDecoder()
  let text = ''
  let length = 0
  const body: ReadableStream<Uint8Array> | null = response.body
  for await (const part of body ?? []) {
    length += part.byteLength
    // Leaving the loop ends the connection.
    if (length > most) return undefined
    text += decoder.decode(part, { stream: true })
  }
  return text + decoder.decode()
}

/** undefined: it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * What a refusal says, in the shapes that services use: `{ error: { message } }`, `{ error }`, `{ message }`, `{ detail }`.
 * Empty where it says nothing that can be shown, such as a page of a proxy.
 */
function complaintIn(body: unknown): string {
  for (const name of ['error', 'message', 'detail']) {
    const value = field(body, name)
    if (typeof value === 'string') return value
    const message = field(value, 'message')
    if (typeof message === 'string') return message
    // FastAPI lists what it does not take.
    const first: unknown = Array.isArray(value) ? field(value[0], 'msg') : undefined
    if (typeof first === 'string') return first
  }
  return ''
}

/** The value of a field, if `value` is an object that has it. */
export const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && name in value ? (value as Record<string, unknown>)[name] : undefined
