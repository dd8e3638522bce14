import { AppError } from '../core/errors.ts'

/** How the sentences about a configured service name it, and the settings that it hangs on. */
export interface ServiceWords {
  /** With its article, as a sentence begins: `The embedding service`. */
  readonly name: string
  /** Variables of its address, its key and its model. */
  readonly address: string
  readonly key: string | undefined
  readonly model: string
  /** What to do where the service has no such model; absent: look at the variables. */
  readonly absentModel?: string | undefined
}

/**
 * `away`: nothing that could be read came from it, or an error of its own. `busy`: it takes no more just now. `setup`: it
 * refuses whatever is asked, till a setting is changed. `refused`: it does not take this input.
 */
export type FailureKind = 'away' | 'busy' | 'setup' | 'refused'

/**
 * What went wrong with a configured service, in words for people. `upstream_failed` where it refused the very input, else
 * `not_ready`: the same may succeed later.
 */
export class ServiceFailure extends AppError {
  readonly kind: FailureKind
  /** What the service itself said, fit to be shown; empty: nothing. */
  readonly said: string
  readonly #sentence: string

  constructor(
    kind: FailureKind,
    sentence: string,
    {
      said = '',
      ...options
    }: { readonly said?: string; readonly retryAfter?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(
      kind === 'refused' ? 'upstream_failed' : 'not_ready',
      said === '' ? sentence : `${sentence} It says: ${said}`,
      {
        ...(options.cause === undefined ? {} : { cause: options.cause }),
        ...(options.retryAfter === undefined ? {} : { retryAfter: options.retryAfter }),
      },
    )
    this.name = 'ServiceFailure'
    this.kind = kind
    this.said = said
    this.#sentence = sentence
  }

  /** The same, with the seconds after which another try may succeed. */
  after(retryAfter: number): ServiceFailure {
    return new ServiceFailure(this.kind, this.#sentence, { said: this.said, retryAfter, cause: this.cause })
  }

  /** The same, understood as another kind. */
  as(kind: FailureKind): ServiceFailure {
    return new ServiceFailure(kind, this.#sentence, {
      said: this.said,
      retryAfter: this.retryAfter,
      cause: this.cause,
    })
  }
}

/** A refusal by its status. */
export function refusedBy(
  status: number,
  said: string,
  retryAfter: number | undefined,
  { name, address, key, model, absentModel }: ServiceWords,
): ServiceFailure {
  if (NO_CREDIT.test(said)) return new ServiceFailure('setup', `${name} has no credit left for this account.`, { said })
  if (status === 429 || status === 503) {
    const sentence = status === 429 ? 'takes no more requests just now' : 'is busy'
    return new ServiceFailure('busy', `${name} ${sentence}.`, { said, retryAfter })
  }
  if (status === 401 || status === 403) {
    const look = key === undefined ? `look at ${address}` : `look at ${key}`
    return new ServiceFailure('setup', `${name} refused the key (${status}): ${look}.`, { said })
  }
  if (status === 404) {
    const look = absentModel ?? `look at ${model} and ${address}`
    return new ServiceFailure('setup', `${name} has no such model, or is at another address (404): ${look}.`, { said })
  }
  if (status >= 300 && status < 400) {
    return new ServiceFailure('setup', `${name} sends requests elsewhere (${status}): look at ${address}.`, { said })
  }
  if (status >= 500 || status === 408) {
    return new ServiceFailure('away', `${name} answered with an error (${status}).`, { said, retryAfter })
  }
  const reason = status === 413 && said === '' ? 'the request is too large' : said
  return new ServiceFailure('refused', `${name} refused the request (${status}).`, { said: reason })
}

const NO_CREDIT = /insufficient_quota|exceeded your current quota|no credit|billing/i

export const unreadableFrom = ({ name, address }: ServiceWords, detail: string): ServiceFailure =>
  new ServiceFailure('away', `The answer of ${lowered(name)} could not be read: ${detail}. Look at ${address}.`)

/** No answer at all. The cause names the address; the message does not. */
export const unreachable = ({ name, address }: ServiceWords, cause: unknown): ServiceFailure =>
  new ServiceFailure(
    'away',
    `${name} cannot be reached${reasonOf(cause)}. Look at ${address}, and whether the server runs.`,
    { cause },
  )

export const brokenOff = ({ name }: ServiceWords, cause: unknown): ServiceFailure =>
  new ServiceFailure('away', `${name} broke off in the middle of its answer.`, { cause })

export const tooSlow = ({ name }: ServiceWords, milliseconds: number): ServiceFailure =>
  new ServiceFailure('away', `${name} has not answered within ${(milliseconds / 1000).toFixed(1)} s.`)

const lowered = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

/** ECONNREFUSED and the like, which say more than "fetch failed". */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : ''
}

const LONGEST_MESSAGE = 300
/** Keys as services write them, also where one has starred a part of it. */
const KEY = /\b(?:sk|pk|rk|key|api|jina|co)[-_][\w*.-]{6,}|\bBearer\s+\S+/gi
const CREDENTIALS_IN_URL = /\/\/[^/\s@]+@/g

/** A service's own words, fit to be shown: one line, not long, without keys and passwords. */
export function withoutSecrets(message: string, key: string | undefined): string {
  const hidden = key === undefined || key === '' ? message : message.replaceAll(key, '***')
  const line = hidden
    .replace(KEY, '***')
    .replace(CREDENTIALS_IN_URL, '//***@')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE).toWellFormed()} …` : line
}
