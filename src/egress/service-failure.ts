import { ProviderFailure, type FailureOptions } from '../core/provider-failure.ts'

/** How the sentences about a configured service name it, and the settings that it hangs on. */
export interface ServiceWords {
  /** With its article, as a sentence begins: `The embedding service`. */
  readonly name: string
  /** Variables of its address, its key and its model; undefined: it has none of its own. */
  readonly address: string
  readonly key: string | undefined
  readonly model: string | undefined
  /** How an address ends or looks that works: `it usually ends in /v1`. */
  readonly addressHint?: string | undefined
  /** What helps where the service has no such model, besides looking at the variables. */
  readonly absentModel?: string | undefined
  /** Whether what fails waits until the service is back: each failure but a refusal is then `not_ready`. */
  readonly awaited?: boolean
}

/** What a service said of an error, as far as it did. */
export interface Complaint {
  readonly message: string
  readonly type?: string | undefined
  readonly code?: string | undefined
}

/** `upstream_failed`, or `not_ready` where the same may succeed later. */
const failure = (
  { awaited = false }: Pick<ServiceWords, 'awaited'>,
  sentence: string,
  options: FailureOptions,
): ProviderFailure => {
  const later = options.busy === true || (awaited && options.kind !== 'request')
  return new ProviderFailure(later ? 'not_ready' : 'upstream_failed', sentence, options)
}

const NO_CREDIT =
  /credit balance|insufficient.{0,10}(?:quota|balance|credit)|exceeded your current quota|no credit|billing/i

/** A refusal by its status. `said`: the complaint's message without secrets. */
export function refusedBy(
  status: number,
  { type, code }: Pick<Complaint, 'type' | 'code'>,
  said: string,
  retryAfter: number | undefined,
  words: ServiceWords,
): ProviderFailure {
  const { name, address, key, model, absentModel } = words
  const settings = (sentence: string): ProviderFailure => failure(words, sentence, { kind: 'settings', said })
  if (status === 402 || [type, code].includes('insufficient_quota') || NO_CREDIT.test(said)) {
    return settings(`${name} has no credit left for this account.`)
  }
  if (status === 429 || status === 503 || status === 529) {
    const sentence = status === 429 ? 'takes no more requests just now' : 'is busy'
    const options = { kind: 'unavailable', busy: true, again: true, retryAfter, said } as const
    return failure(words, `${name} ${sentence}. Try again in a moment.`, options)
  }
  if (status === 401 || status === 403) {
    return settings(`${name} refused the key (${status}): look at ${key ?? address}.`)
  }
  if (status === 404) {
    const look = model === undefined ? address : `${model} and ${address}`
    const hint = absentModel === undefined ? '' : ` ${absentModel}`
    return settings(`${name} has no such model, or is at another address (404): look at ${look}.${hint}`)
  }
  if (status === 400 || status === 413 || status === 422) {
    const why = status === 413 && said === '' ? 'the request is too large' : said
    return failure(words, `${name} refused the request (${status}).`, { kind: 'request', said: why })
  }
  if (status >= 500 || status === 408) {
    const options = { kind: 'unavailable', again: true, retryAfter, said } as const
    return failure(words, `${name} answered with an error (${status}).`, options)
  }
  const what = status < 400 ? 'sends requests elsewhere' : 'answered with an error'
  return settings(`${name} ${what} (${status}): look at ${address}.`)
}

export function unreadableFrom(words: ServiceWords, detail: string): ProviderFailure {
  const { name, address, addressHint } = words
  const hint = addressHint === undefined ? '' : `; ${addressHint}`
  const sentence = `The answer of ${lowered(name)} could not be read: ${detail}. Look at ${address}${hint}.`
  return failure(words, sentence, { kind: 'unavailable' })
}

/** No answer at all. The cause names the address; the message does not. */
export function unreachable(words: ServiceWords, cause: unknown): ProviderFailure {
  const { name, address } = words
  const sentence = `${name} cannot be reached${systemCodeOf(cause)}. Look at ${address}, and whether the server runs.`
  return failure(words, sentence, { kind: 'unavailable', again: true, cause })
}

export const brokenOff = (words: ServiceWords, cause?: unknown): ProviderFailure =>
  failure(words, `${words.name} broke off in the middle of its answer.`, { kind: 'unavailable', again: true, cause })

/** `what`: what it did so long, as in `has said nothing for`. */
export function tooSlow(
  words: Pick<ServiceWords, 'name' | 'awaited'>,
  milliseconds: number,
  what = 'has not answered within',
): ProviderFailure {
  const seconds = milliseconds / 1000
  const shown = seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)
  return failure(words, `${words.name} ${what} ${shown} s.`, { kind: 'unavailable' })
}

/** `Ollama` stays; `The embedding service` stands in the middle of a sentence. */
const lowered = (name: string): string => name.replace(/^The /, 'the ')

/** ECONNREFUSED and the like, which say more than "fetch failed". */
function systemCodeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : ''
}

const LONGEST_MESSAGE = 300
/** Keys as services write them, also where one has starred a part of it. */
const KEY = /\b(?:sk|pk|rk|key|api|jina|co)[-_][\w*.-]{6,}|\bBearer\s+\S+/gi
const CREDENTIALS_IN_URL = /\/\/[^/\s@]+@/g

/** A service's own words, fit to be shown: one line, not long, without keys, tokens and passwords. */
export function withoutSecrets(message: string, key: string | undefined): string {
  const hidden = key === undefined || key === '' ? message : message.replaceAll(key, '***')
  const line = hidden
    .replace(KEY, '***')
    .replace(CREDENTIALS_IN_URL, '//***@')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE).toWellFormed()} …` : line
}

/** Whole seconds, from a number or a date. */
export function retryAfterOf({ headers }: Response): number | undefined {
  const value = headers.get('retry-after')?.trim()
  if (value === undefined || value === '') return undefined
  const seconds = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.ceil(seconds))
}
