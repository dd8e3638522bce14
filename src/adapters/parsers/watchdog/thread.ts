import { workerData } from 'node:worker_threads'

/**
 * Kills its process when that grows too large or has lost its parent. It runs in a thread of its own, so that a
 * parser in an endless loop cannot keep it from looking; SIGKILL, because nothing can hold that up.
 */
const { maxResidentBytes, parent } = workerData as { maxResidentBytes: number; parent: number }
const INTERVAL_MS = 100

setInterval(() => {
  if (process.memoryUsage.rss() > maxResidentBytes || process.ppid !== parent) process.kill(process.pid, 'SIGKILL')
}, INTERVAL_MS)
