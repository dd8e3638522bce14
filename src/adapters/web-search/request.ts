import { z } from 'zod'
import type { ServiceFetch } from '../../core/ports/network.ts'
import { ProviderFailure } from '../../core/provider-failure.ts'
import { callJson, field } from '../../egress/service-call.ts'
import { retryAfterOf, unreadableFrom, type ServiceWords } from '../../egress/service-failure.ts'

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
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON; absent: nothing is. */
  readonly body?: object
  /** Milliseconds for everything together. */
  readonly timeout: number
  readonly signal: AbortSignal | undefined
}

/** Of an answer, in bytes. A page of results has some tens of thousands. */
const LONGEST_ANSWER = 2_097_152

/**
 * Asks once, and gives the JSON of the answer. What a provider says of an error is not repeated, except for its code.
 * @throws ProviderFailure; the signal's reason
 */
export async function askForJson({ provider, fetch, address, headers = {}, body, timeout, signal }: Question) {
  return callJson(
    {
      fetch,
      words: wordsOf(provider),
      apiKey: undefined,
      refusal: (response, complaint) => refused(provider, response, complaint),
    },
    { address: address.href, headers, body, milliseconds: timeout, bytes: LONGEST_ANSWER },
    { signal },
  )
}

const nameOf = ({ name }: Provider): string => `The web search (${name})`

const wordsOf = (provider: Provider): ServiceWords => ({
  name: nameOf(provider),
  address: provider.setting,
  key: provider.setting,
  model: undefined,
})

export const unreadable = (provider: Provider): ProviderFailure =>
  unreadableFrom(wordsOf(provider), 'it is in another format')

function refused(provider: Provider, response: Response, body: unknown): ProviderFailure {
  const { setting, refusal, retryAfter } = provider
  const { status, headers } = response
  const name = nameOf(provider)
  const why = refusal?.(status, body) ?? byStatus(status)
  const code = codeOf(body)
  const said = code === undefined ? `${status}` : `${status}, ${code}`
  if (why === 'busy') {
    const sentence = `${name} takes no more questions just now (${said}). Try again in a moment.`
    const options = {
      kind: 'unavailable',
      busy: true,
      retryAfter: retryAfter?.(headers) ?? retryAfterOf(response),
    } as const
    return new ProviderFailure('not_ready', sentence, options)
  }
  const settings = (sentence: string): ProviderFailure =>
    new ProviderFailure('upstream_failed', sentence, { kind: 'settings' })
  if (why === 'key') return settings(`${name} refused the key (${said}): look at ${setting}.`)
  if (why === 'spent') return settings(`The plan at the web search (${provider.name}) is used up (${said}).`)
  if (why !== undefined) return settings(`${name} refused the question (${said}): ${why.set}.`)
  if (status < 400) return settings(`${name} is elsewhere (${said}): look at ${setting}.`)
  const kind = status < 500 ? 'request' : 'unavailable'
  return new ProviderFailure('upstream_failed', `${name} answered with an error (${said}).`, { kind })
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

/** A list of results. What is no object in it is left out: one bad entry does not cost the others. */
export const Entries = z
  .array(z.unknown())
  .transform((all) => all.filter((each): each is Record<string, unknown> => typeof each === 'object' && each !== null))
