import { AppError } from '../../../core/errors.ts'

/** What went wrong with the service of a model, in words for people, and whether asking again may help. */
export class ProviderFailure extends AppError {
  readonly again: boolean

  constructor(
    code: 'upstream_failed' | 'not_ready',
    message: string,
    options: { readonly again: boolean; readonly retryAfter?: number | undefined; readonly cause?: unknown },
  ) {
    super(code, message, {
      ...(options.cause === undefined ? {} : { cause: options.cause }),
      ...(options.retryAfter === undefined ? {} : { retryAfter: options.retryAfter }),
    })
    this.name = 'ProviderFailure'
    this.again = options.again
  }
}

/** What the service said of an error, in the two shapes that servers use. */
export interface Complaint {
  readonly message: string
  readonly type?: string | undefined
  readonly code?: string | undefined
}

const LONGEST_MESSAGE = 300
/** Keys as OpenAI, Anthropic and others write them, also where the service has starred a part of one. */
const KEY = /\b(?:sk|pk|rk|key|api)[-_][\w*.-]{6,}|\bBearer\s+\S+/gi
const CREDENTIALS_IN_URL = /\/\/[^/\s@]+@/g

/** A provider's own words, fit to be shown: one line, not long, without keys, tokens and passwords. */
export function withoutSecrets(message: string, key: string | undefined): string {
  const hidden = key === undefined || key === '' ? message : message.replaceAll(key, '***')
  const line = hidden
    .replace(KEY, '***')
    .replace(CREDENTIALS_IN_URL, '//***@')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE).toWellFormed()} …` : line
}

const CONTEXT_TOO_LONG = /context.{0,20}(?:length|window|size)|maximum.{0,20}tokens|too many tokens|prompt is too long/i

/** A refusal by its status; `complaint` has gone through `withoutSecrets`. */
export function refused(status: number, complaint: Complaint, retryAfter: number | undefined): ProviderFailure {
  const said = complaint.message === '' ? '' : ` It says: ${complaint.message}`
  const failed = (sentence: string, again = false): ProviderFailure =>
    new ProviderFailure('upstream_failed', `${sentence}${said}`, { again })

  if (complaint.type === 'insufficient_quota' || complaint.code === 'insufficient_quota') {
    return failed('The account at the language model’s provider has no credit left.')
  }
  if (status === 429 || status === 503) {
    const sentence =
      status === 429 ? 'The language model takes no more questions just now.' : 'The language model is busy.'
    return new ProviderFailure('not_ready', `${sentence} Try again in a moment.${said}`, { again: true, retryAfter })
  }
  if (status === 401 || status === 403) {
    return failed(`The language model refused the key (${status}): look at OPENAI_API_KEY.`)
  }
  if (status === 404) {
    return failed('The language model was not found (404): look at OPENAI_MODEL and OPENAI_BASE_URL.')
  }
  if (complaint.code === 'context_length_exceeded' || (status < 500 && CONTEXT_TOO_LONG.test(complaint.message))) {
    return failed(
      'The question with its sources is longer than the model’s window: set MAX_CONTEXT_TOKENS to what it has.',
    )
  }
  return failed(`The language model answered with an error (${status}).`, status >= 500 || status === 408)
}

/** An error that came in the middle of a stream, after status 200. */
export function complainedMidway({ message, type, code }: Complaint): ProviderFailure {
  if (code === 'insufficient_quota' || type === 'insufficient_quota')
    return refused(429, { message, type, code }, undefined)
  const said = message === '' ? '' : ` It says: ${message}`
  return new ProviderFailure('upstream_failed', `The language model stopped with an error.${said}`, { again: true })
}

export const unreadable = (detail: string): ProviderFailure =>
  new ProviderFailure(
    'upstream_failed',
    `The language model’s answer could not be read: ${detail}. Look at OPENAI_BASE_URL; it usually ends in /v1.`,
    { again: false },
  )

export const brokenOff = (cause?: unknown): ProviderFailure =>
  new ProviderFailure('upstream_failed', 'The language model broke off in the middle of its answer.', {
    again: true,
    cause,
  })

/** A failed `fetch`: no answer at all. The cause names the address; the message does not. */
export const unreachable = (cause: unknown): ProviderFailure =>
  new ProviderFailure(
    'upstream_failed',
    `The language model cannot be reached${reasonOf(cause)}. Look at OPENAI_BASE_URL, and whether the server runs.`,
    { again: true, cause },
  )

export const tooSlow = (what: string, milliseconds: number): ProviderFailure =>
  new ProviderFailure('upstream_failed', `The language model ${what} for ${Math.round(milliseconds / 1000)} s.`, {
    again: false,
  })

/** ECONNREFUSED and the like, which say more than "fetch failed". */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : ''
}
