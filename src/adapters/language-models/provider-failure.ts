import { ProviderFailure } from '../../core/provider-failure.ts'
import { withoutSecrets } from './secrets.ts'

/** What a person can look at when a provider fails: names of variables. */
export interface ProviderSettings {
  /** undefined: the provider asks for none. */
  readonly key: string | undefined
  readonly model: string
  readonly address: string
  /** How an address ends or looks that works: `it usually ends in /v1`. */
  readonly addressHint: string
  /** What helps when the model is not there, besides looking at the two. */
  readonly notFoundHint?: string | undefined
}

/** What the service said of an error, as far as it did. */
export interface Complaint {
  readonly message: string
  readonly type?: string | undefined
  readonly code?: string | undefined
}

/** What the request held that not every server takes. */
export interface Asked {
  readonly tools: boolean
  readonly schema: boolean
}

const CONTEXT_TOO_LONG =
  /context.{0,20}(?:length|window|size)|maximum.{0,20}tokens|too many tokens|prompt is too long|input length and .?max_tokens/i
const NO_CREDIT = /credit balance|insufficient.{0,10}(?:quota|balance|credit)/i
const OF_TOOLS = /\btools?\b|\btool[_ -]?(?:choice|use|call)|function[_ -]?call/i
const OF_SCHEMA = /response_format|json[_ -]?schema|structured[_ -]?output|output_config|\bformat\b|\bgrammar\b/i

/** Statuses by which services say that they know no such thing: llama.cpp does it with 500. */
const UNKNOWN_FIELD: ReadonlySet<number> = new Set([400, 404, 422, 500, 501])

export type Failures = ReturnType<typeof failuresOf>

/** The failures of one provider, worded for whoever runs this service. Complaints come out without secrets. */
export function failuresOf(settings: ProviderSettings, key: string | undefined) {
  /** What it says, behind our own sentence. */
  const quoted = ({ message }: Complaint): string => {
    const words = withoutSecrets(message, key)
    return words === '' ? '' : ` It says: ${words}`
  }

  /** A refusal by its status. */
  function refused(
    status: number,
    complaint: Complaint,
    retryAfter: number | undefined,
    asked: Asked = { tools: false, schema: false },
  ): ProviderFailure {
    const { type, code, message } = complaint
    const said = quoted(complaint)
    const ours = (sentence: string): ProviderFailure =>
      new ProviderFailure('upstream_failed', `${sentence}${said}`, { kind: 'settings' })
    const request = (sentence: string): ProviderFailure =>
      new ProviderFailure('upstream_failed', `${sentence}${said}`, { kind: 'request' })

    if (status === 402 || [type, code].includes('insufficient_quota') || NO_CREDIT.test(message)) {
      return ours('The account at the language model’s provider has no credit left.')
    }
    if (status === 429 || status === 503 || status === 529) {
      const sentence =
        status === 429 ? 'The language model takes no more questions just now.' : 'The language model is busy.'
      const options = { kind: 'unavailable', again: true, retryAfter } as const
      return new ProviderFailure('not_ready', `${sentence} Try again in a moment.${said}`, options)
    }
    if (status === 401 || status === 403) {
      const look = settings.key === undefined ? settings.address : settings.key
      return ours(`The language model refused the key (${status}): look at ${look}.`)
    }
    if (UNKNOWN_FIELD.has(status) && asked.tools && OF_TOOLS.test(message)) {
      const sentence = `The language model takes no tools (${status}).${said}`
      return new ProviderFailure('upstream_failed', sentence, { kind: 'tools' })
    }
    if (UNKNOWN_FIELD.has(status) && asked.schema && OF_SCHEMA.test(message)) {
      const sentence = `The language model takes no schema of its answer (${status}).${said}`
      return new ProviderFailure('upstream_failed', sentence, { kind: 'schema' })
    }
    if (status === 404) {
      const hint = settings.notFoundHint === undefined ? '' : ` ${settings.notFoundHint}`
      return ours(`The language model was not found (404): look at ${settings.model} and ${settings.address}.${hint}`)
    }
    if (code === 'context_length_exceeded' || (status < 500 && CONTEXT_TOO_LONG.test(message))) {
      return request(
        'The question with its sources is longer than the model’s window: set MAX_CONTEXT_TOKENS to what it has.',
      )
    }
    if (code === 'content_filter') return request('The language model’s provider refused the question by its filter.')
    if (status === 400 || status === 413 || status === 422) {
      return request(`The language model answered with an error (${status}).`)
    }
    const options = { kind: 'unavailable', again: status >= 500 || status === 408 } as const
    return new ProviderFailure(
      'upstream_failed',
      `The language model answered with an error (${status}).${said}`,
      options,
    )
  }

  return {
    refused,
    /** An error that came in the middle of a stream, after status 200. */
    midway(complaint: Complaint): ProviderFailure {
      const { code, type, message } = complaint
      if ([code, type].includes('insufficient_quota') || NO_CREDIT.test(message))
        return refused(402, complaint, undefined)
      const sentence = `The language model stopped with an error.${quoted(complaint)}`
      return new ProviderFailure('upstream_failed', sentence, { kind: 'unavailable', again: true })
    },
    unreadable: (detail: string): ProviderFailure =>
      new ProviderFailure(
        'upstream_failed',
        `The language model’s answer could not be read: ${detail}. Look at ${settings.address}; ${settings.addressHint}.`,
        { kind: 'unavailable' },
      ),
    /** A failed `fetch`: no answer at all. The cause names the address; the message does not. */
    unreachable: (cause: unknown): ProviderFailure =>
      new ProviderFailure(
        'upstream_failed',
        `The language model cannot be reached${reasonOf(cause)}. Look at ${settings.address}, and whether the server runs.`,
        { kind: 'unavailable', again: true, cause },
      ),
  }
}

export const brokenOff = (cause?: unknown): ProviderFailure =>
  new ProviderFailure('upstream_failed', 'The language model broke off in the middle of its answer.', {
    kind: 'unavailable',
    again: true,
    cause,
  })

export const tooSlow = (what: string, milliseconds: number): ProviderFailure =>
  new ProviderFailure('upstream_failed', `The language model ${what} for ${Math.round(milliseconds / 1000)} s.`, {
    kind: 'unavailable',
  })

/** An answer that came to its end without a word. */
export function emptyAnswer(reason: 'stop' | 'length' | 'filtered'): ProviderFailure {
  const why = {
    stop: '',
    length: ': its limit of tokens was reached before the first word',
    filtered: ': its provider’s content filter withheld it',
  }[reason]
  return new ProviderFailure('upstream_failed', `The language model gave an empty answer${why}.`, {
    kind: reason === 'stop' ? 'unavailable' : 'request',
    again: reason === 'stop',
  })
}

/** ECONNREFUSED and the like, which say more than "fetch failed". */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : ''
}
