import type { ModelEvent } from '../../../core/ports.ts'

export type EventQueue = ReturnType<typeof createEventQueue>

/** What a thread says of one answer, for its one reader. */
export function createEventQueue() {
  const events: ModelEvent[] = []
  let failure: { readonly reason: unknown } | undefined
  let wake: (() => void) | undefined

  return {
    add(event: ModelEvent): void {
      events.push(event)
      wake?.()
    },
    /** The reader hears of it at once, whatever else has come. */
    fail(reason: unknown): void {
      failure ??= { reason }
      wake?.()
    },
    async next(): Promise<ModelEvent> {
      for (;;) {
        if (failure !== undefined) throw failure.reason
        const event = events.shift()
        if (event !== undefined) return event
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}
