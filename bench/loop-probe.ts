// Loaded into a server by `node --import`: at each SIGUSR2 it appends the delays of the event loop since the last one, in
// milliseconds, as a line of JSON to the file that LOOP_DELAYS names.
import { appendFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

const RESOLUTION = 10
const path = process.env['LOOP_DELAYS']

// Threads and child processes of the server load it, too.
if (isMainThread && path !== undefined && process.argv.includes('serve')) {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION })
  delays.enable()
  process.on('SIGUSR2', () => {
    // What is recorded is the time from one tick of the timer to the next.
    const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION)
    const figures = {
      p50: late(delays.percentile(50)),
      p99: late(delays.percentile(99)),
      max: late(delays.max),
      count: delays.count,
    }
    appendFileSync(path, `${JSON.stringify(figures)}\n`)
    delays.reset()
  })
}
