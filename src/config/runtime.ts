import { enableCompileCache, getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { setFlagsFromString } from 'node:v8'

/**
 * What glibc's malloc is told, in bytes where it is a size. By itself it keeps an arena for each thread and, once a large
 * block was freed, takes later large blocks from arenas too, whose holes never go back to the system: 45 MB of the
 * 325 MB of an idle service over 5,000 documents.
 */
const ALLOCATOR = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '65536',
  MALLOC_TRIM_THRESHOLD_: '65536',
} as const

/**
 * Room for the young generation, which V8 has from the start or never: `letHeapsGrowWhileBusy` decides how much of it is
 * used. No bound of the whole heap: V8 would put it above the `resourceLimits` of the threads. And none of the flags
 * after which V8 refuses the compiled code of Node's own modules: each thread would compile them again as it starts.
 */
const V8_FLAGS = ['--max-semi-space-size=16'] as const

/** Sets up the process, before anything else is loaded and any thread is started. */
export function prepareRuntime(): void {
  shareCompileCache()
  startAgainWithSettings()
  // This thread's heap is set up; those of the threads that it starts stay at the least.
  setFlagsFromString('--max-semi-space-size=1')
}

/**
 * Keeps compiled code between starts, for this thread and every one that it starts: a thread takes the folder from
 * the environment. Without it each thread loads the compiler that strips types, which costs some 10 MB and .2 s.
 */
export function shareCompileCache(): void {
  enableCompileCache()
  const folder = getCompileCacheDir()
  // Node makes a folder for its own version in the one that it is given.
  if (folder !== undefined) process.env.NODE_COMPILE_CACHE ??= dirname(folder)
}

/**
 * Some settings count only from the first instruction on: those of malloc, and the compile cache for this file itself
 * (without it the compiler that strips types is loaded for it and stays). So the server replaces itself once by the same
 * program with them in its environment; the process id stays, and it costs some 40 ms. A setting that is already there
 * is the user's. Commands that end soon don't need it, and a process with a channel to its parent would lose that.
 */
function startAgainWithSettings(): void {
  const { execve, platform, argv, connected, env } = process
  if (platform !== 'linux' || execve === undefined || connected || !argv.slice(2).includes('serve')) return
  if (Object.keys(ALLOCATOR).every((name) => name in env)) return
  const options = [...V8_FLAGS, ...process.execArgv]
  execve(process.execPath, [process.execPath, ...options, ...argv.slice(1)], { ...ALLOCATOR, ...env })
}

/**
 * Whether V8 may use memory to save time. `--optimize-for-size` on the command line would hold the young generation to
 * 1 MB for ever, and with a hundred answers under way all of it is alive at each collection; set later it does not, and
 * a growth factor of 1 keeps it from growing. V8 shrinks it again by itself once there is little to do.
 */
function mayGrow(may: boolean): void {
  setFlagsFromString(may ? '--no-optimize-for-size' : '--optimize-for-size')
  setFlagsFromString(`--semi-space-growth-factor=${may ? 2 : 1}`)
}

const LOOK_EVERY_MS = 200
/** Of the time since the last look that this thread worked: from here on it is busy. */
const BUSY = 0.2
const QUIET = 0.05
/** So many looks in a row without work and heaps are kept small again: V8 then gives back what they grew by. */
const QUIET_LOOKS = 10

/**
 * Keeps the heaps small from now on: a service that mostly waits should not hold the memory of its start, and V8 then
 * collects sooner instead of growing. With 5,000 documents this is 90 MB of 440; the large data lies outside V8's heaps
 * and is not slowed by it. Not before the service is ready: it makes V8 refuse the compiled code of Node's own modules.
 *
 * Small heaps are collected over and over while there is much to do: of a hundred answers at once that was two fifths of
 * the main thread's time. So they may grow for as long as that thread is busy.
 */
export function letHeapsGrowWhileBusy(): Disposable {
  mayGrow(false)
  let last = performance.eventLoopUtilization()
  let growing = false
  let quiet = 0
  const grow = (may: boolean): void => {
    growing = may
    quiet = 0
    mayGrow(may)
  }
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, last)
    last = now
    if (!growing) {
      if (utilization > BUSY) grow(true)
      return
    }
    quiet = utilization < QUIET ? quiet + 1 : 0
    if (quiet >= QUIET_LOOKS) grow(false)
  }, LOOK_EVERY_MS).unref()
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
      if (growing) grow(false)
    },
  }
}
