import { once } from 'node:events'
import type { FastifyReply } from 'fastify'
import { AppError } from '../core/errors.ts'
import { untilAborted } from '../core/until-aborted.ts'
import { problemOf, toAppError } from './problem.ts'

export type ServerEvent = {
  readonly event: string
  readonly id?: string
} & (
  | {
      /** Becomes JSON. */
      readonly data: unknown
    }
  | {
      /** JSON already, on one line. */
      readonly json: string
    }
)

export interface EventStreamOptions {
  /** Ends the stream from outside, besides the client's leaving and the server's stopping. */
  readonly signal?: AbortSignal
  /** Milliseconds between comments that keep proxies from closing a silent stream; the caller is asked again at each. */
  readonly heartbeat?: number
  /** The server's stopping does not end the stream: the source does so itself, soon, with what it has left to say. */
  readonly endsItself?: true
}

/**
 * Answers with server-sent events until the source ends, the client leaves, the server stops or the caller may no
 * longer have them; its signal then aborts, and its iterator is closed. A slow reader slows the source: nothing piles
 * up. What the source throws, and the loss of the right, becomes a last event `error` with the fields of a problem,
 * `message` and `status_code`.
 *
 * Check everything that may be refused before calling: the status is sent at once.
 */
export async function sendEvents(
  reply: FastifyReply,
  source: (signal: AbortSignal) => AsyncIterable<ServerEvent>,
  { signal: outer, heartbeat = 15_000, endsItself }: EventStreamOptions = {},
): Promise<FastifyReply> {
  const { raw, request } = reply
  reply.hijack()
  const gone = new AbortController()
  raw.once('close', () => gone.abort())
  const refused = new AbortController()
  const signal = AbortSignal.any([
    gone.signal,
    refused.signal,
    ...(endsItself === true ? [] : [reply.server.stopping]),
    ...(outer === undefined ? [] : [outer]),
  ])
  const unheard = AbortSignal.any([gone.signal, refused.signal])

  // What hooks and plugins put on the reply (CORS, the request id) would be lost by hijacking.
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value)
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  })
  raw.flushHeaders()
  if (request.method === 'HEAD' || raw.destroyed) {
    raw.end()
    return reply
  }
  const sendError = (thrown: unknown): void => {
    const problem = toAppError(thrown)
    const data = { ...problemOf(problem, request.id), message: problem.message, status_code: problem.status }
    if (problem.status >= 500) request.log.error({ err: problem.cause ?? problem }, 'event stream failed')
    // The last event waits for nobody.
    if (!gone.signal.aborted) raw.write(eventText({ event: 'error', data }))
  }
  async function recheck(): Promise<void> {
    try {
      await request.authorizeAgain()
    } catch (error) {
      if (error instanceof AppError && error.status < 500) refused.abort(error)
      // Nothing is known of the caller then: the next heartbeat asks again.
      else request.log.error({ err: error }, 'Whether a stream may go on could not be asked')
    }
  }
  const forget = reply.server.lasting.add({ userId: () => request.caller.userId, recheck })
  const timer = setInterval(() => {
    if (!raw.writableNeedDrain) raw.write(': \n\n')
    void recheck()
  }, heartbeat)
  // The right may have ended between the request and here, where nobody knew of the stream yet.
  void recheck()
  try {
    for await (const event of untilAborted(source(signal), signal)) await writeEvent(reply, event, unheard)
  } catch (error) {
    if (!signal.aborted) sendError(error)
  }
  if (refused.signal.aborted) sendError(refused.signal.reason)
  clearInterval(timer)
  forget()
  raw.end()
  return reply
}

async function writeEvent({ raw }: FastifyReply, event: ServerEvent, unheard: AbortSignal): Promise<void> {
  if (unheard.aborted || raw.write(eventText(event))) return
  try {
    await once(raw, 'drain', { signal: unheard })
  } catch (error) {
    if (!unheard.aborted) throw error
  }
}

function eventText(event: ServerEvent): string {
  const data = 'json' in event ? event.json : JSON.stringify(event.data)
  const lines = [...(event.id === undefined ? [] : [`id: ${event.id}`]), `event: ${event.event}`, `data: ${data}`]
  return `${lines.join('\n')}\n\n`
}
