/** Milliseconds of such work between two looks at what has come in. */
const SLICE = 10

/**
 * For work that takes some milliseconds and comes from many at once: it is done in order, and after some of it the event
 * loop hears what has come in, so that nobody waits for all of them.
 */
export function createTurns(): <T>(work: () => T) => Promise<T> {
  const waiting: (() => void)[] = []
  const next = (): void => {
    const until = performance.now() + SLICE
    do waiting.shift()?.()
    while (waiting.length > 0 && performance.now() < until)
    if (waiting.length > 0) setImmediate(next)
  }
  return (work) =>
    new Promise((resolve, reject) => {
      waiting.push(() => {
        try {
          resolve(work())
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      })
      if (waiting.length === 1) setImmediate(next)
    })
}
