import type { ModelEvent } from '../../../core/ports/language-models.ts'

export type EventQueue = ReturnType<typeof createEventQueue>

/** What a thread says of one answer, for its one reader. */
export function createEventQueue() {
  const events: ModelEvent[] = []
  let departure: { readonly reason: unknown } | undefined
  let failure: { readonly reason: unknown } | undefined
  let wake: (() => void) | undefined

  return {
    add(event: ModelEvent): void {
      events.push(event)
      wake?.()
    },
    /** The reader left: it hears of it at once, whatever else has come. */
    leave(reason: unknown): void {
      departure ??= { reason }
      wake?.()
    },
    /** Nothing will come any more. The reader hears of it behind what has come: that was written, and is part of the answer. */
    fail(reason: unknown): void {
      failure ??= { reason }
      wake?.()
    },
    async next(): Promise<ModelEvent> {
      for (;;) {
        if (departure !== undefined) throw departure.reason
        const event = events.shift()
        if (event !== undefined) return event
        if (failure !== undefined) throw failure.reason
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}
