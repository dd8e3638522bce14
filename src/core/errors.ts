/**
 * Every error that can reach a client, in one place: its HTTP status, and whether the same request may
 * succeed later without being changed. docs/errors.md and the OpenAPI responses are checked against this table.
 */
export const ERRORS = {
  malformed_request: { status: 400, retryable: false },
  empty_question: { status: 400, retryable: false },
  email_taken: { status: 400, retryable: false },
  wrong_password: { status: 400, retryable: false },
  open_mode_local_only: { status: 403, retryable: false },
  https_required: { status: 403, retryable: false },
  blocked_address: { status: 403, retryable: false },
  forbidden: { status: 403, retryable: false },
  signup_closed: { status: 403, retryable: false },
  unauthorized: { status: 401, retryable: false },
  not_found: { status: 404, retryable: false },
  request_timeout: { status: 408, retryable: true },
  conflict: { status: 409, retryable: false },
  cancelled: { status: 409, retryable: true },
  interrupted: { status: 409, retryable: true },
  gone: { status: 410, retryable: false },
  payload_too_large: { status: 413, retryable: false },
  question_too_long: { status: 413, retryable: false },
  unsupported_media_type: { status: 415, retryable: false },
  invalid_request: { status: 422, retryable: false },
  document_empty: { status: 422, retryable: false },
  document_encrypted: { status: 422, retryable: false },
  document_corrupt: { status: 422, retryable: false },
  document_type_mismatch: { status: 422, retryable: false },
  document_too_complex: { status: 422, retryable: false },
  upgrade_required: { status: 426, retryable: false },
  too_many_requests: { status: 429, retryable: true },
  headers_too_large: { status: 431, retryable: false },
  client_closed_request: { status: 499, retryable: true },
  internal_error: { status: 500, retryable: true },
  not_available: { status: 501, retryable: false },
  upstream_failed: { status: 502, retryable: true },
  not_configured: { status: 503, retryable: false },
  not_ready: { status: 503, retryable: true },
  overloaded: { status: 503, retryable: true },
  timed_out: { status: 503, retryable: true },
  storage_full: { status: 507, retryable: true },
  index_full: { status: 507, retryable: false },
} as const satisfies Record<string, { status: number; retryable: boolean }>

export type ErrorCode = keyof typeof ERRORS

export interface FieldError {
  readonly path: string
  readonly message: string
}

/** `message` is shown to the client as `detail`: a sentence a person can act on, without internals. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly fields: readonly FieldError[] | undefined
  /** Whole seconds after which the same request may succeed, where that is known. */
  readonly retryAfter: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; fields?: readonly FieldError[]; retryAfter?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.fields = options.fields
    this.retryAfter = options.retryAfter
  }

  get status(): number {
    return ERRORS[this.code].status
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable
  }
}

export const isErrorCode = (value: string): value is ErrorCode => Object.hasOwn(ERRORS, value)

/** For a switch that must cover a union: a missing case is a type error, a wrong value at run time is loud. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`)
}
