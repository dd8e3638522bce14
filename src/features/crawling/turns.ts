import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../../core/ports/surroundings.ts'
import type { HostTurns } from './host-turns.ts'

/** One request at a time to a host, with a pause between two, whoever's crawls want it. */
export interface Turns {
  /** Does `work` when it is the host's turn; `pauseMs` is what has to lie between the end of the last one and this. */
  take<T>(host: string, pauseMs: number, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T>
  /** Nothing is asked of the host for so long: it said so. */
  hold(host: string, ms: number): void
}

interface Host {
  last: Promise<unknown>
  /** Milliseconds since 1970: when the last request ended. */
  ended: number
  /** Not before this. */
  heldUntil: number
  waiting: number
}

/** @param among gives the turns that other instances may have; undefined: there are none */
export function createTurns(clock: Clock, among?: HostTurns): Turns {
  const hosts = new Map<string, Host>()
  const now = (): number => clock.now().getTime()

  const of = (name: string): Host => {
    const host = hosts.get(name) ?? { last: Promise.resolve(), ended: 0, heldUntil: 0, waiting: 0 }
    hosts.set(name, host)
    return host
  }

  /** Hosts that nobody has asked for an hour are forgotten. */
  const forget = (): void => {
    for (const [name, host] of hosts) {
      if (host.waiting === 0 && now() - Math.max(host.ended, host.heldUntil) > FORGET_MS) hosts.delete(name)
    }
  }

  return {
    async take(name, pauseMs, signal, work) {
      const host = of(name)
      host.waiting += 1
      const mine = host.last.then(async () => {
        const from = Math.max(host.ended + pauseMs, host.heldUntil)
        const left = from - now()
        if (left > 0) await wait(left, undefined, { signal }).catch(() => signal?.throwIfAborted())
        signal?.throwIfAborted()
        const end = await among?.take(name, pauseMs, signal)
        try {
          return await work()
        } finally {
          await end?.()
        }
      })
      host.last = mine
        .catch(() => undefined)
        .then(() => {
          host.ended = now()
          host.waiting -= 1
          forget()
        })
      // Who no longer wants it does not wait for who is before.
      return signal === undefined ? mine : orAborted(mine, signal)
    },
    hold(name, ms) {
      const host = of(name)
      host.heldUntil = Math.max(host.heldUntil, now() + ms)
      void among?.hold(name, ms)
    },
  }
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = (): void => reject(signal.reason as Error)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

const FORGET_MS = 3_600_000
