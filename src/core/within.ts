/**
 * What `work` gives, or a rejection with `late()` where that takes longer than `ms` milliseconds. What has come by then counts,
 * also where this process was too busy to take it: timers that are due run before what the network has brought.
 */
export async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => setImmediate(() => reject(late())), ms)
  })
  try {
    return await Promise.race([work, over])
  } finally {
    clearTimeout(timer)
  }
}
