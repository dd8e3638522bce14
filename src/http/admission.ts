import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../core/errors.ts'
import { isMultipart } from './body-memory.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Waits for the request's turn to work (MAX_CONCURRENT_REQUESTS); does nothing where it has it. A request with a
     * body has its turn once the body is there, so that slow senders keep nobody waiting; a route that reads its body
     * itself calls this afterwards. Throws `overloaded` when too many wait already.
     */
    admitted(): Promise<void>
  }
}

/** How many may wait, for each one that may work: a burst is worked off, a flood is refused. */
export const WAITING_FACTOR = 4

/** Lets at most `max` requests work at the same time; some more wait for their turn, in the order in which they came. */
export function admitRequests(app: FastifyInstance, max: number): void {
  const turns = createTurns(max, max * WAITING_FACTOR)
  const held = new WeakMap<FastifyRequest, () => void>()
  const asked = new WeakMap<FastifyRequest, Promise<void>>()

  async function takeTurn(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const release = await turns.take(request.signal)
    if (reply.raw.closed) return release()
    held.set(request, release)
    reply.raw.once('close', release)
  }

  const replies = new WeakMap<FastifyRequest, FastifyReply>()
  app.decorateRequest('admitted', function admitted(this: FastifyRequest): Promise<void> {
    const reply = replies.get(this)
    if (reply === undefined) return Promise.resolve()
    const promise = asked.get(this) ?? takeTurn(this, reply)
    asked.set(this, promise)
    return promise
  })

  // After the guards, the body and its validation: what is refused there takes no turn.
  app.addHook('preHandler', async (request, reply) => {
    if (request.routeOptions.config.uncounted === true) return
    replies.set(request, reply)
    // An upload is read by its handler, which takes the turn then.
    if (!readsItsBody(request)) await request.admitted()
  })
  // What is left then is the connection's business: a client that reads slowly keeps nobody waiting either.
  app.addHook('onSend', async (request, _reply, payload) => {
    if (payload === null || payload === undefined || typeof payload === 'string' || Buffer.isBuffer(payload)) {
      held.get(request)?.()
    }
  })
}

const readsItsBody = (request: FastifyRequest): boolean =>
  isMultipart(request) && request.routeOptions.schema?.consumes?.includes('multipart/form-data') === true

interface Turns {
  /** Resolves with what gives the turn back. Rejects with the signal's reason when that aborts first. */
  take(signal: AbortSignal): Promise<() => void>
}

function createTurns(max: number, maxWaiting: number): Turns {
  let taken = 0
  /** Sets keep the order in which their members came. */
  const waiting = new Set<() => void>()

  const giveBack = (): void => {
    const [next] = waiting
    if (next === undefined) {
      taken--
      return
    }
    waiting.delete(next)
    next()
  }
  const once = (): (() => void) => {
    let given = false
    return () => {
      if (!given) {
        given = true
        giveBack()
      }
    }
  }

  return {
    async take(signal) {
      signal.throwIfAborted()
      if (taken < max) {
        taken++
        return once()
      }
      if (waiting.size >= maxWaiting) {
        throw new AppError('overloaded', 'Too many requests are at work. Try again in a moment.')
      }
      const turn = Promise.withResolvers<void>()
      const leave = (): void => {
        waiting.delete(turn.resolve)
        turn.reject(signal.reason)
      }
      waiting.add(turn.resolve)
      signal.addEventListener('abort', leave, { once: true })
      await turn.promise
      signal.removeEventListener('abort', leave)
      return once()
    },
  }
}
