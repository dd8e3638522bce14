import { setTimeout as sleep } from 'node:timers/promises'
import type { MessageId } from '../../core/ids.ts'
import type { SharedState } from '../../core/ports/shared-state.ts'

/** Of which answers events were stored, told from instance to instance. Which they are the database says. */
export interface Tidings {
  stored(ids: readonly MessageId[]): void
  /** Listens for one answer, from now on until it is closed. */
  of(id: MessageId): Tiding
  close(): void
}

export interface Tiding {
  /** Resolves with the first news since it resolved last, after so many milliseconds, or when the signal aborts. */
  next(limit: number, signal: AbortSignal): Promise<void>
  close(): void
}

const CHANNEL = 'answer-events'

export function createTidings(shared: Pick<SharedState, 'publish' | 'subscribe'>): Tidings {
  const waiting = new Map<MessageId, Set<() => void>>()
  const stop = shared.subscribe(CHANNEL, (message) => {
    if (waiting.size === 0) return
    for (const id of message.split(',')) for (const told of waiting.get(Number(id) as MessageId) ?? []) told()
  })
  return {
    stored: (ids) => shared.publish(CHANNEL, ids.join(',')),
    of(id) {
      let news = false
      let wake = (): void => undefined
      const told = (): void => {
        news = true
        wake()
      }
      const all = waiting.get(id) ?? new Set()
      waiting.set(id, all.add(told))
      return {
        async next(limit, signal) {
          if (!news) {
            const heard = new AbortController()
            wake = () => heard.abort()
            await sleep(limit, undefined, { signal: AbortSignal.any([signal, heard.signal]) }).catch(() => undefined)
          }
          news = false
        },
        close() {
          all.delete(told)
          if (all.size === 0 && waiting.get(id) === all) waiting.delete(id)
        },
      }
    },
    close: stop,
  }
}
