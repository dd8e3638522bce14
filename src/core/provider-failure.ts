import { AppError } from './errors.ts'

/**
 * What can be done about it. `unavailable`: nothing but asking later, or another provider. `settings`: whoever runs this
 * service must change one; another provider may answer meanwhile. `request`: this request is refused by all alike.
 * `tools`, `schema`: the model answers, but with none of these; the same request without them may succeed. `window`: it is
 * longer than the model's window; a shorter one, such as without tools, or a model with a larger one may succeed.
 */
export type FailureKind = 'unavailable' | 'settings' | 'request' | 'tools' | 'schema' | 'window'

export interface FailureOptions {
  readonly kind: FailureKind
  /** What the service itself said, fit to be shown. It follows our sentence. */
  readonly said?: string
  /** Whether it only takes no more just now. */
  readonly busy?: boolean
  /** Whether asking the same once more, at once, may help. */
  readonly again?: boolean
  /** Seconds after which it may be asked again. */
  readonly retryAfter?: number | undefined
  readonly cause?: unknown
}

/** What went wrong with a configured service, such as that of a model, in words for people. */
export class ProviderFailure extends AppError {
  readonly kind: FailureKind
  readonly said: string
  readonly busy: boolean
  readonly again: boolean
  readonly #sentence: string

  constructor(code: 'upstream_failed' | 'not_ready', sentence: string, options: FailureOptions) {
    const { kind, said = '', busy = false, again = false, retryAfter, cause } = options
    super(code, said === '' ? sentence : `${sentence} It says: ${said}`, {
      ...(cause === undefined ? {} : { cause }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    })
    this.name = 'ProviderFailure'
    this.kind = kind
    this.said = said
    this.busy = busy
    this.again = again
    this.#sentence = sentence
  }

  /** Whether another provider may answer what this one did not. */
  get elsewhere(): boolean {
    return this.kind === 'unavailable' || this.kind === 'settings' || this.kind === 'window'
  }

  /** The same, with the seconds until the service is asked again. */
  after(retryAfter: number): ProviderFailure {
    return new ProviderFailure('not_ready', this.#sentence, { ...this.#options, retryAfter })
  }

  /** The same, understood as a refusal of this very request. */
  asRefusal(): ProviderFailure {
    return new ProviderFailure('upstream_failed', this.#sentence, { ...this.#options, kind: 'request', busy: false })
  }

  get #options(): FailureOptions {
    const { kind, said, busy, again, retryAfter, cause } = this
    return { kind, said, busy, again, retryAfter, cause }
  }
}
