import { once } from 'node:events'
import type { FastifyReply } from 'fastify'
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
  /** Milliseconds between comments that keep proxies from closing a silent stream. */
  readonly heartbeat?: number
  /** The server's stopping does not end the stream: the source does so itself, soon, with what it has left to say. */
  readonly endsItself?: true
}

/**
 * Answers with server-sent events until the source ends, the client leaves or the server stops; its signal then
 * aborts, and its iterator is closed. A slow reader slows the source: nothing piles up. What the source throws
 * becomes a last event `error` with the fields of a problem, `message` and `status_code`.
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
  const signal = AbortSignal.any([
    gone.signal,
    ...(endsItself === true ? [] : [reply.server.stopping]),
    ...(outer === undefined ? [] : [outer]),
  ])

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
  const timer = setInterval(() => void (raw.writableNeedDrain || raw.write(': \n\n')), heartbeat)
  try {
    for await (const event of untilAborted(source(signal), signal)) await writeEvent(reply, event, gone.signal)
  } catch (error) {
    if (!signal.aborted) {
      const problem = toAppError(error)
      const data = { ...problemOf(problem, request.id), message: problem.message, status_code: problem.status }
      if (problem.status >= 500) request.log.error({ err: problem.cause ?? problem }, 'event stream failed')
      await writeEvent(reply, { event: 'error', data }, gone.signal)
    }
  } finally {
    clearInterval(timer)
    raw.end()
  }
  return reply
}

async function writeEvent(reply: FastifyReply, event: ServerEvent, gone: AbortSignal): Promise<void> {
  if (gone.aborted) return
  const data = 'json' in event ? event.json : JSON.stringify(event.data)
  const lines = [...(event.id === undefined ? [] : [`id: ${event.id}`]), `event: ${event.event}`, `data: ${data}`]
  if (reply.raw.write(`${lines.join('\n')}\n\n`)) return
  try {
    await once(reply.raw, 'drain', { signal: gone })
  } catch (error) {
    if (!gone.aborted) throw error
  }
}
