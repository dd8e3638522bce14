import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { canonicalText } from '../core/canonical-text.ts'
import { AppError, ERRORS, type ErrorCode, type FieldError } from '../core/errors.ts'
import type { Logger } from '../core/ports/surroundings.ts'

/** The body of every error. */
export const Problem = z
  .object({
    detail: z.string().describe('What went wrong and what can be done about it.'),
    code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]).describe('Stable; see docs/errors.md.'),
    request_id: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' })

/** What the framework refuses before a route sees it. */
const FRAMEWORK: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformed_request', 'The body is not valid JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['malformed_request', 'The body is not as long as its Content-Length says.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload_too_large', 'The body is larger than this route takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'Send the body with a Content-Type that this route takes.',
  ],
  FST_ERR_BAD_URL: [
    'malformed_request',
    'The path is not a valid URL: a % must be followed by two hexadecimal digits.',
  ],
  FST_ERR_MAX_PARAM_LENGTH: ['not_found', 'Nothing is here: a part of the path is too long to be an id.'],
}

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  408: 'request_timeout',
  409: 'conflict',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  422: 'invalid_request',
  429: 'too_many_requests',
  431: 'headers_too_large',
}

const INTERNAL = 'Something failed in the service. Its log says more under this request id.'

/** Whatever was thrown, as an error of the table. What nobody expected is an internal error and tells nothing. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (hasZodFastifySchemaValidationErrors(error)) {
    const fields = error.validation.map((issue) => fieldError(error.validationContext ?? 'body', issue))
    const first = fields[0]
    const detail = first === undefined ? 'The request is not valid.' : `${first.path}: ${first.message}`
    return new AppError('invalid_request', detail, { cause: error, fields })
  }
  if (!(error instanceof Error)) return new AppError('internal_error', INTERNAL, { cause: error })
  if (error.name === 'TimeoutError') {
    return new AppError('timed_out', 'The answer took too long. Try again, or ask for less.', { cause: error })
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const known = FRAMEWORK[code]
  if (known !== undefined) return new AppError(known[0], known[1], { cause: error })
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
  if (status < 400 || status >= 500) return new AppError('internal_error', INTERNAL, { cause: error })
  return new AppError(BY_STATUS[status] ?? 'malformed_request', error.message, { cause: error })
}

const PARTS: Readonly<Record<string, string>> = { querystring: 'query' }

function fieldError(context: string, issue: { instancePath: string; message?: string | undefined }): FieldError {
  const path = issue.instancePath.split('/').filter((part) => part !== '')
  return { path: [PARTS[context] ?? context, ...path].join('.'), message: issue.message ?? 'is not valid' }
}

export function problemOf(error: AppError, requestId: string): z.output<typeof Problem> {
  // A sentence may name what the client sent.
  const problem = { detail: canonicalText(error.message), code: error.code, request_id: requestId }
  if (error.fields === undefined) return problem
  const errors = error.fields.map(({ path, message }) => ({
    path: canonicalText(path),
    message: canonicalText(message),
  }))
  return { ...problem, errors }
}

/** Sends the error; the one place where one becomes a response. */
export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
): FastifyReply {
  const gone = reply.raw.destroyed && error instanceof Error && error.name === 'AbortError'
  const problem = gone ? new AppError('client_closed_request', 'The client went away.') : toAppError(error)
  if (problem.status >= 500) {
    const level = problem.code === 'internal_error' ? 'error' : 'warn'
    logger[level]({ request_id: request.id, code: problem.code, err: problem.cause ?? problem }, 'request failed')
  }
  const waits = problem.retryable && (problem.status === 429 || problem.status === 503)
  if (waits && !reply.hasHeader('retry-after')) reply.header('retry-after', String(problem.retryAfter ?? 1))
  // A body that nobody will read must not keep the connection waiting for its end.
  const { complete, headers } = request.raw
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  if (hasBody && !complete) reply.header('connection', 'close')
  return reply
    .code(problem.status)
    .header('x-request-id', request.id)
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problemOf(problem, request.id))
}
