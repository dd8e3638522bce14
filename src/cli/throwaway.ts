import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Config } from '../config/config.ts'
import { lockDataDir, takenBy } from '../config/data-dir.ts'
import { letHeapsGrowWhileBusy } from '../config/runtime.ts'
import { type Client, client } from './client.ts'
import type { Fetch } from './pinned-fetch.ts'
import type { Service, ServiceParts } from './serve.ts'

/**
 * The whole service over an empty store of its own, which is removed when `work` has ended, and also when the process is
 * made to end before. It listens nowhere: the client's requests are handed to it.
 */
export async function withThrowaway<T>(
  config: Config,
  command: string,
  { compose, logger }: ServiceParts,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  using folder = temporaryFolder()
  const lock = lockDataDir(folder.path, command)
  if (lock === undefined) throw takenBy(folder.path)
  try {
    const service = await compose(throwawayConfig(config, folder.path), { logger, cliToken: lock.cliToken })
    try {
      await service.ready()
      using _heaps = letHeapsGrowWhileBusy()
      return await work(client('http://127.0.0.1', lock.cliToken, 'own', service.close, injected(service.app)))
    } finally {
      await service.close()
    }
  } finally {
    lock.release()
  }
}

/**
 * Models, search and the rest as they are set; nothing that reaches beyond the folder, no limits meant for strangers, and
 * nothing that was found before: each search does its whole work.
 */
const throwawayConfig = (config: Config, dataDir: string): Config => ({
  ...config,
  http: { ...config.http, host: '127.0.0.1', port: 0, tls: undefined, forceHttps: false, rateLimit: undefined },
  auth: { ...config.auth, mode: 'open', secret: undefined },
  dataDir,
  database: { kind: 'sqlite', path: join(dataDir, 'evident.db') },
  embedding: { ...config.embedding, cacheSize: 0 },
  cache: { ttl: 0, entries: 0 },
})

function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'evident-'))
  const remove = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 3 })
  // A second Ctrl-C ends the process without waiting for anything.
  process.on('exit', remove)
  return {
    path,
    [Symbol.dispose]() {
      process.off('exit', remove)
      remove()
    },
  }
}

const NO_BODY = new Set([204, 205, 304])

/** What streams comes piece by piece, as over a socket. */
const injected =
  (app: Service['app']): Fetch =>
  async (url, init) => {
    const request = new Request(url, init)
    const { pathname, search } = new URL(url)
    const answer = await app.inject({
      method: request.method as 'GET' | 'POST',
      url: pathname + search,
      headers: Object.fromEntries(request.headers),
      ...(request.body === null ? {} : { payload: Buffer.from(await request.arrayBuffer()) }),
      payloadAsStream: true,
    })
    const body = NO_BODY.has(answer.statusCode) ? null : Readable.toWeb(answer.stream())
    return new Response(body, { status: answer.statusCode, headers: responseHeaders(answer.headers) })
  }

function responseHeaders(sent: Readonly<Record<string, number | string | string[] | undefined>>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(sent)) if (value !== undefined) headers.set(name, String(value))
  return headers
}
