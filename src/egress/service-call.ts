import { AppError } from '../core/errors.ts'
import type { CallOptions, ServiceFetch } from '../core/ports.ts'
import {
  brokenOff,
  refusedBy,
  tooSlow,
  unreachable,
  unreadableFrom,
  withoutSecrets,
  type ServiceWords,
} from './service-failure.ts'

export interface Service {
  readonly fetch: ServiceFetch
  readonly words: ServiceWords
  /** Sent as a bearer token; undefined: the service asks for none. */
  readonly apiKey: string | undefined
}

export interface JsonRequest {
  readonly address: string
  readonly body: object
  /** For the whole call, body included. */
  readonly milliseconds: number
  /** Longest body of the answer. */
  readonly bytes: number
}

/**
 * One JSON request to a configured service; gives what its JSON says. A redirect would take the key elsewhere, so none is
 * followed. @throws ServiceFailure; the signal's reason once it has aborted
 */
export async function callJson(
  { fetch, words, apiKey }: Service,
  { address, body, milliseconds, bytes }: JsonRequest,
  { signal }: CallOptions = {},
): Promise<unknown> {
  signal?.throwIfAborted()
  // Kept until the call is over: a deadline that only a composed signal holds may be collected.
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(tooSlow(words, milliseconds)), milliseconds)
  const either = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal])
  let answered = false
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: either,
    })
    answered = true
    if (response.ok) return await jsonOf(response, words, bytes)
    const said = withoutSecrets(complaintIn(await textOf(response, words, LONGEST_COMPLAINT)), apiKey)
    throw refusedBy(response.status, said, retryAfterOf(response), words)
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

async function jsonOf(response: Response, words: ServiceWords, bytes: number): Promise<unknown> {
  const type = response.headers.get('content-type') ?? ''
  if (!type.includes('json')) {
    await response.body?.cancel()
    throw unreadableFrom(words, `it is ${type === '' ? 'of no type' : type.split(';')[0]} and not JSON`)
  }
  const text = await textOf(response, words, bytes)
  try {
    return JSON.parse(text)
  } catch {
    // The error would quote the text.
    throw unreadableFrom(words, 'it is not whole JSON')
  }
}

async function textOf(response: Response, words: ServiceWords, bytes: number): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let length = 0
  const body: ReadableStream<Uint8Array> | null = response.body
  for await (const part of body ?? []) {
    length += part.byteLength
    if (length > bytes) throw unreadableFrom(words, 'it is too long')
    text += decoder.decode(part, { stream: true })
  }
  return text + decoder.decode()
}

/**
 * What a refusal says, in the shapes that services use: `{ error: { message } }`, `{ error }`, `{ message }`, `{ detail }`.
 * Empty where it says nothing that can be shown, such as a page of a proxy.
 */
function complaintIn(body: string): string {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return ''
  }
  for (const field of ['error', 'message', 'detail']) {
    const value = fieldOf(parsed, field)
    if (typeof value === 'string') return value
    const message = fieldOf(value, 'message')
    if (typeof message === 'string') return message
    // FastAPI lists what it does not take.
    const first: unknown = Array.isArray(value) ? fieldOf(value[0], 'msg') : undefined
    if (typeof first === 'string') return first
  }
  return ''
}

const fieldOf = (value: unknown, field: string): unknown =>
  typeof value === 'object' && value !== null && field in value ? (value as Record<string, unknown>)[field] : undefined

/** Seconds, from a number or a date. */
function retryAfterOf(response: Response): number | undefined {
  const value = response.headers.get('retry-after')?.trim()
  if (value === undefined || value === '') return undefined
  const seconds = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.ceil(seconds))
}
