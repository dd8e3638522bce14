import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from '../../core/ports/surroundings.ts'
import type { Database } from '../../database/database.ts'
import type { Instances } from '../../database/instances.ts'
import * as repository from './turns-repository.ts'

/** The turns of hosts among the instances on one database; each gives those that it takes to its crawls one by one. */
export interface HostTurns {
  /**
   * Resolves when this instance may ask the host, as nobody else does and `pauseMs` lie behind the last request, with what
   * ends the turn. Whoever dies in it keeps the others waiting for `LEASE_MS`.
   */
  take(host: string, pauseMs: number, signal: AbortSignal | undefined): Promise<() => Promise<void>>
  /** Nobody asks the host for so long. Never rejects. */
  hold(host: string, ms: number): Promise<void>
}

/** Longer than the door lets a request last (15,000 ms). */
const LEASE_MS = 30_000
/** How often it is looked whether another one is done, in ms. */
const LOOK_MS = 200
const FORGOTTEN_MS = 3_600_000

export function createHostTurns({
  database,
  instances,
  logger,
}: {
  readonly database: Database
  readonly instances: Instances
  readonly logger: Logger
}): HostTurns {
  const after = (ms: number): string => new Date(instances.clock.now().getTime() + ms).toISOString()
  let forgotten = 0

  async function end(host: string): Promise<void> {
    try {
      await database.write(async (tx) => {
        await repository.endTurn(tx, host, instances.id, after(0))
        const now = instances.clock.now().getTime()
        if (now - forgotten < FORGOTTEN_MS) return
        forgotten = now
        await repository.dropTurns(tx, after(-FORGOTTEN_MS))
      })
    } catch (error) {
      logger.warn({ err: error, host }, 'The turn of a host could not be given up; it runs out')
    }
  }

  return {
    async take(host, pauseMs, signal) {
      for (;;) {
        const turn = { host, holder: instances.id, now: after(0), endedBefore: after(-pauseMs), until: after(LEASE_MS) }
        if (await database.write((tx) => repository.takeTurn(tx, turn))) return () => end(host)
        await wait(LOOK_MS, undefined, { signal }).catch(() => signal?.throwIfAborted())
      }
    },
    async hold(host, ms) {
      await database
        .write((tx) => repository.holdHost(tx, host, after(ms)))
        .catch((error: unknown) =>
          logger.warn({ err: error, host }, 'The others could not be told to leave a host alone'),
        )
    },
  }
}
