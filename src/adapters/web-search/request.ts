import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import type { ServiceFetch } from '../../core/ports.ts'

/** A search engine's service, and what its errors mean. */
export interface Provider {
  /** For people. */
  readonly name: string
  /** What to look at when it refuses: the setting of its key or address. */
  readonly setting: string
  /** What a refusal means by the service's own words; undefined: what its status says. */
  readonly refusal?: (status: number, body: unknown) => Refusal | undefined
  /** Seconds until it may be asked again, where it has a header of its own for that. */
  readonly retryAfter?: (headers: Headers) => number | undefined
}

/** `key` is not accepted; the plan is `spent`; too `busy` just now; else a sentence about what to set. */
export type Refusal = 'key' | 'spent' | 'busy' | { readonly set: string }

export interface Question {
  readonly provider: Provider
  readonly fetch: ServiceFetch
  readonly address: URL
  readonly init?: Pick<RequestInit, 'method' | 'headers' | 'body'>
  /** Milliseconds for everything together. */
  readonly timeout: number
  readonly signal: AbortSignal | undefined
}

/** Of an answer, in bytes. A page of results has some tens of thousands. */
const LONGEST_ANSWER = 2_097_152

/**
 * Asks once, and gives the JSON of the answer. What a provider says of an error is not repeated, except for its code.
 * @throws AppError `upstream_failed` or `not_ready` for people to read; the signal's reason
 */
export async function askForJson({ provider, fetch, address, init, timeout, signal }: Question): Promise<unknown> {
  const { name, setting } = provider
  const late = AbortSignal.timeout(timeout)
  const either = signal === undefined ? late : AbortSignal.any([late, signal])
  try {
    const response = await fetch(address.href, { ...init, signal: either })
    const text = await textOf(response)
    if (!response.ok) throw refused(provider, response, parsed(text))
    const type = response.headers.get('content-type') ?? ''
    const answer = /\bjson\b/i.test(type) ? parsed(text) : undefined
    if (answer === undefined) throw unreadable(provider)
    return answer
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof AppError) throw error
    if (late.aborted) {
      const seconds = Math.max(1, Math.round(timeout / 1000))
      throw failed(`The web search (${name}) took longer than ${seconds} s.`, error)
    }
    if (!(error instanceof TypeError)) throw error
    throw failed(`The web search (${name}) cannot be reached${causeOf(error)}. Look at ${setting}.`, error)
  }
}

export const unreadable = ({ name, setting }: Provider): AppError =>
  failed(`The answer of the web search (${name}) could not be read. Look at ${setting}.`)

const failed = (sentence: string, cause?: unknown): AppError => new AppError('upstream_failed', sentence, { cause })

function refused({ name, setting, refusal, retryAfter }: Provider, { status, headers }: Response, body: unknown) {
  const why = refusal?.(status, body) ?? byStatus(status)
  const code = codeOf(body)
  const said = code === undefined ? `${status}` : `${status}, ${code}`
  if (why === 'busy') {
    const seconds = retryAfter?.(headers) ?? secondsOf(headers.get('retry-after'))
    const sentence = `The web search (${name}) takes no more questions just now (${said}). Try again in a moment.`
    return new AppError('not_ready', sentence, seconds === undefined ? {} : { retryAfter: seconds })
  }
  if (why === 'key') return failed(`The web search (${name}) refused the key (${said}): look at ${setting}.`)
  if (why === 'spent') return failed(`The plan at the web search (${name}) is used up (${said}).`)
  if (why !== undefined) return failed(`The web search (${name}) refused the question (${said}): ${why.set}.`)
  if (status < 400) return failed(`The web search (${name}) is elsewhere (${said}): look at ${setting}.`)
  return failed(`The web search (${name}) answered with an error (${said}).`)
}

function byStatus(status: number): Refusal | undefined {
  if (status === 401 || status === 403) return 'key'
  if (status === 402) return 'spent'
  return status === 429 || status === 503 ? 'busy' : undefined
}

/** The machine's word in `{ error: { code } }` or `{ error: { status } }`: never a sentence, which could hold a key. */
function codeOf(body: unknown): string | undefined {
  const error = field(body, 'error')
  const code = [field(error, 'code'), field(error, 'status')].find((each) => typeof each === 'string')
  return typeof code === 'string' && /^[A-Z][A-Z_]{2,40}$/.test(code) ? code : undefined
}

/** The value of a field, if `value` is an object that has it. */
export const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined

/** A list of results. What is no object in it is left out: one bad entry does not cost the others. */
export const Entries = z
  .array(z.unknown())
  .transform((all) => all.filter((each): each is Record<string, unknown> => typeof each === 'object' && each !== null))

/** Seconds or a date, as HTTP has them. */
function secondsOf(value: string | null): number | undefined {
  if (value === null) return undefined
  const seconds = /^\d{1,9}$/.test(value.trim()) ? Number(value) : Math.ceil((Date.parse(value) - Date.now()) / 1000)
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds)
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.length
    // Leaving the loop ends the connection.
    if (bytes > LONGEST_ANSWER) return ''
    text += decoder.decode(part, { stream: true })
  }
  return text + decoder.decode()
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    // A page of a proxy, or half of an answer. Its words concern nobody.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function causeOf({ cause }: TypeError): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : ''
}
