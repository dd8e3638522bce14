// One PostgreSQL for all files of `npm test`: two dozen of them need one, and each start takes two seconds of a core.
import { SHARED, startServer } from './postgres.ts'

let stop: (() => Promise<void>) | undefined

/** The test files that the runner starts after this find the server in their environment. */
export async function globalSetup(): Promise<void> {
  const server = await startServer().catch((error: unknown) => {
    console.error('PostgreSQL could not be prepared, so each test file tries it by itself', error)
    return undefined
  })
  // Each test says by itself why there is none.
  if (server === undefined || 'missing' in server) return
  process.env[SHARED] = server.url
  stop = server.stop
}

export async function globalTeardown(): Promise<void> {
  await stop?.()
}
