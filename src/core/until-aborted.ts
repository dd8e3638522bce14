/**
 * The items until the signal aborts, also while the next one is being waited for; then it ends without an error. The
 * iterator is closed, but not waited for: a generator that still waits for something would hold its reader.
 */
export async function* untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]()
  // One listener for all items: a promise raced again and again would keep every round until the end.
  let wake: (() => void) | undefined
  const onAbort = (): void => wake?.()
  signal.addEventListener('abort', onAbort)
  let finished = false
  try {
    while (!signal.aborted) {
      const result = await new Promise<IteratorResult<T> | 'aborted'>((resolve, reject) => {
        wake = () => resolve('aborted')
        // The source hears of the end by its signal; what it still throws then concerns nobody.
        iterator.next().then(resolve, reject)
      })
      if (result === 'aborted') return
      if (result.done === true) {
        finished = true
        return
      }
      yield result.value
    }
  } catch (error) {
    finished = true
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
    if (!finished) iterator.return?.().catch(() => undefined)
  }
}
