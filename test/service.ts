import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { compose, type ComposeDeps, type Service } from '../src/compose.ts'
import { loadConfig } from '../src/config/load.ts'
import type { Logger } from '../src/core/ports/surroundings.ts'
import { databaseSettings } from './chosen-database.ts'
import { CHEAP_PASSWORDS } from './databases.ts'

export interface LogLine {
  readonly level: string
  readonly fields: object
  readonly message: string
}

export interface TestService extends Service {
  readonly lines: LogLine[]
  readonly folder: string
  /** `token` as the bearer token; absent: none is sent. */
  json(method: Method, path: string, body?: object, token?: string): Promise<{ status: number; body: Json }>
  upload(
    filename: string,
    bytes: Uint8Array | string,
    fields?: Record<string, string>,
    token?: string,
  ): Promise<{ status: number; body: Json }>
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT'
/** Answers are looked into by the tests themselves; a wrong path through one fails there. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any

export interface ServiceOptions {
  readonly folder?: string
  readonly env?: Record<string, string>
  readonly deps?: Partial<ComposeDeps>
  /** The test closes it by itself, and removes its folder. */
  readonly unmanaged?: boolean
}

/**
 * The real service over a data folder and a database of its own (chosen-database.ts, or what `env` names), with the
 * shipped model, called by inject.
 */
export async function startService(t: TestContext, options: ServiceOptions = {}): Promise<TestService> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'evident-test-')))
  const lines: LogLine[] = []
  const chosen = names(options.env, 'DATABASE_URL', 'SQLITE_DB_PATH') ? {} : await databaseSettings(folder)
  const config = loadConfig({ DATA_DIR: folder, ...FOR_TESTS, ...chosen, ...options.env }, folder)
  const deps = { logger: recorder(lines), cliToken: CLI_TOKEN, passwordCost: CHEAP_PASSWORDS, ...options.deps }
  const service = await compose(config, deps)
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => (closed ??= service.close())
  t.after(async () => {
    // One that a failed test left open would keep the process for ever.
    await close()
    if (options.unmanaged !== true && options.folder === undefined) await rm(folder, { recursive: true, force: true })
  })
  await service.ready()
  return {
    ...service,
    close,
    lines,
    folder,
    async json(method, path, body, token) {
      const headers = { ...HOST, ...bearer(token) }
      const response = await service.app.inject({ method, url: path, headers, ...(body && { payload: body }) })
      return { status: response.statusCode, body: response.body === '' ? undefined : response.json() }
    },
    async upload(filename, bytes, fields = {}, token) {
      const form = new FormData()
      for (const [name, value] of Object.entries(fields)) form.set(name, value)
      form.set('file', new Blob([bytes]), filename)
      const encoded = new Response(form)
      const response = await service.app.inject({
        method: 'POST',
        url: '/api/v1/upload-file',
        headers: { ...HOST, ...bearer(token), 'content-type': encoded.headers.get('content-type') ?? '' },
        payload: Buffer.from(await encoded.arrayBuffer()),
      })
      return { status: response.statusCode, body: response.json() }
    },
  }
}

const names = (env: Readonly<Record<string, string>> = {}, ...variables: readonly string[]): boolean =>
  variables.some((name) => Object.hasOwn(env, name))

const FOR_TESTS = {
  // On a machine with other work a text takes longer than an upload waits for it.
  UPLOAD_WAIT: '60',
  // A thread loads the model in the time of thirty texts, and a service closes only when all have: of a test's few texts the
  // second one reads none. That texts are shared out is tested beside the embedder, and with servers that are started as such.
  EMBEDDING_THREADS: '1',
}

export const HOST = { host: '127.0.0.1:8000' }
export const CLI_TOKEN = 'test-token'

const bearer = (token: string | undefined) => (token === undefined ? {} : { authorization: `Bearer ${token}` })

function recorder(lines: LogLine[]): Logger {
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message })
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  }
  return logger
}

/** Asks until `done` says so; rejects after two minutes. */
export async function eventually<T>(look: () => Promise<T>, done: (value: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 2400; tries++) {
    const value = await look()
    if (done(value)) return value
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`Not so after two minutes: ${JSON.stringify(await look()).slice(0, 4000)}`)
}
