import type { FastifyInstance } from 'fastify'
import type { UserId } from '../core/ids.ts'

/** What goes on after its request was let in: a stream, a WebSocket. */
export interface Lasting {
  /** undefined while nobody has said who they are. */
  readonly userId: () => UserId | undefined
  /** Asks again whether its token stands for somebody who may have it, and ends it where not. Never throws. */
  recheck(): Promise<void>
}

export interface LastingConnections {
  /** Gives what takes it out again. */
  add(one: Lasting): () => void
  /** Ends those (of this user) whose tokens stand for nobody any more. */
  recheck(user?: UserId): Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly lasting: LastingConnections
  }
}

/** Knows what goes on after its request, so that it ends together with the right to it. */
export function knowLasting(app: FastifyInstance): void {
  const all = new Set<Lasting>()
  async function recheck(user?: UserId): Promise<void> {
    const theirs = [...all].filter((one) => user === undefined || one.userId() === user)
    await Promise.all(theirs.map((one) => one.recheck()))
  }
  app.decorate('lasting', {
    add(one) {
      all.add(one)
      return () => void all.delete(one)
    },
    recheck,
  })
  // Routes for log-ins and for administrators are those that end tokens and accounts. What ends otherwise, such as by
  // its age or by another process, is noticed at the next heartbeat.
  app.addHook('onResponse', async (request, reply) => {
    const { access, session } = request.routeOptions.config
    if (reply.statusCode >= 400 || request.method === 'GET' || request.method === 'HEAD') return
    if (access === 'admin') await recheck()
    else if (access === 'user' && session === true) await recheck(request.caller.userId)
  })
}
