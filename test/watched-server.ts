import { get } from 'node:http'
import { isMainThread, Worker } from 'node:worker_threads'
import { serve } from '../src/cli/serve.ts'
import { compose } from '../src/compose.ts'
import { loadConfig } from '../src/config/load.ts'
import { quietLogger } from './quiet-logger.ts'

// `evident serve`, but that Google's keys are where GOOGLE_KEYS says. PLANTED is an address that is then asked for beside
// the door as well, from the main thread and from another, by number and by name: what must be seen.

const { GOOGLE_KEYS, PLANTED } = process.env

async function serveWatched(): Promise<number> {
  if (PLANTED !== undefined) {
    await fetch(PLANTED)
    await fetch(PLANTED.replace('127.0.0.1', 'localhost'))
    const other = new Worker(new URL(import.meta.url))
    other.unref()
  }
  const stop = new AbortController()
  process.once('SIGTERM', () => stop.abort())
  const withKeys: typeof compose = (config, deps) =>
    compose(config, { ...deps, ...(GOOGLE_KEYS !== undefined && { googleKeys: new URL(GOOGLE_KEYS) }) })
  const parts = { compose: withKeys, logger: quietLogger }
  return serve(loadConfig(), parts, { out: process.stdout, err: process.stderr, signal: stop.signal })
}

if (isMainThread) process.exitCode = await serveWatched()
else if (PLANTED !== undefined) get(PLANTED, (response) => response.resume())
