import { AppError } from './errors.ts'

/**
 * What can be done about it. `unavailable`: nothing but asking later, or another provider. `settings`: whoever runs this
 * service must change one; another provider may answer meanwhile. `request`: this request is refused by all alike.
 * `tools`, `schema`: the model answers, but with none of these; the same request without them may succeed.
 */
export type FailureKind = 'unavailable' | 'settings' | 'request' | 'tools' | 'schema'

/** What went wrong with the service of a model, in words for people. */
export class ProviderFailure extends AppError {
  readonly kind: FailureKind
  /** Whether asking the same once more, at once, may help. */
  readonly again: boolean

  constructor(
    code: 'upstream_failed' | 'not_ready',
    message: string,
    options: {
      readonly kind: FailureKind
      readonly again?: boolean
      readonly retryAfter?: number | undefined
      readonly cause?: unknown
    },
  ) {
    super(code, message, {
      ...(options.cause === undefined ? {} : { cause: options.cause }),
      ...(options.retryAfter === undefined ? {} : { retryAfter: options.retryAfter }),
    })
    this.name = 'ProviderFailure'
    this.kind = options.kind
    this.again = options.again ?? false
  }

  /** Whether another provider may answer what this one did not. */
  get elsewhere(): boolean {
    return this.kind === 'unavailable' || this.kind === 'settings'
  }
}
