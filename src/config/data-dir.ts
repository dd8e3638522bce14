import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { StartError } from '../core/start-error.ts'
import { reason } from './environment.ts'

const HolderFields = z.object({
  pid: z.number(),
  /** What it was started as: `evident serve`, `evident ingest`. */
  command: z.string(),
  started_at: z.string(),
  /** Where it answers; null until it listens. */
  url: z.string().nullable(),
  /** What it shows there, as PEM, where that is HTTPS. */
  certificate: z.string().optional(),
})

const HolderJson = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue('must be JSON')
      return z.NEVER
    }
  })
  .pipe(HolderFields)

/** Who holds a data folder. */
export type Holder = z.output<typeof HolderFields>

export interface DataDirLock {
  readonly path: string
  /** Authenticates the command line at the server that holds this folder. */
  readonly cliToken: string
  /**
   * Lets other commands find this process, and know it by the certificate that it shows. Throws a StartError when the
   * folder cannot be written.
   */
  announce(url: string, certificate?: string): void
  release(): void
}

const SQLITE_BUSY = 5
const lockFile = (dataDir: string) => join(dataDir, 'evident.lock')
const holderFile = (dataDir: string) => join(dataDir, 'server.json')
const tokenFile = (dataDir: string) => join(dataDir, 'cli-token')

/**
 * Takes the data folder for this process, making it where it does not exist; undefined when another one holds it.
 *
 * The lock is SQLite's exclusive lock on an empty file: the system takes it away from a process that dies in
 * whatever way, and two starts cannot both have it, which a file with a process id could not promise.
 * Throws a StartError when the folder cannot be used.
 */
export function lockDataDir(dataDir: string, command: string): DataDirLock | undefined {
  const lock = takeLock(dataDir)
  if (lock === undefined) return undefined
  try {
    const holder: Holder = { pid: process.pid, command, started_at: new Date().toISOString(), url: null }
    const announce = (url: string | null, certificate?: string) =>
      replaceFile(holderFile(dataDir), JSON.stringify({ ...holder, url, certificate }))
    announce(null)
    const cliToken = readToken(dataDir) ?? makeToken(dataDir)
    return {
      path: dataDir,
      cliToken,
      announce(url, certificate) {
        try {
          announce(url, certificate)
        } catch (error) {
          throw unusable(dataDir, error)
        }
      },
      release() {
        rmSync(holderFile(dataDir), { force: true })
        lock.close()
      },
    }
  } catch (error) {
    lock.close()
    throw unusable(dataDir, error)
  }
}

function takeLock(dataDir: string): DatabaseSync | undefined {
  let lock: DatabaseSync
  try {
    makeFolder(dataDir)
    if (!statSync(dataDir).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' })
    // SQLite says only that it cannot open the file; a plain write says why.
    writeFileSync(lockFile(dataDir), '', { flag: 'a', mode: 0o600 })
    lock = new DatabaseSync(lockFile(dataDir), { timeout: 0 })
  } catch (error) {
    throw unusable(dataDir, error)
  }
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return undefined
    throw unusable(dataDir, error)
  }
}

/** Not mkdir's own `recursive`: in a place where nothing can be made (/proc) that one tries for ever. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (reason(error) !== 'EEXIST') throw error
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOTDIR: 'is not a folder',
  EEXIST: 'is not a folder',
  EACCES: 'cannot be written: permission denied',
  EPERM: 'cannot be written: permission denied',
  EROFS: 'cannot be written: the file system is read-only',
  ENOSPC: 'cannot be written: the disk is full',
}

function unusable(dataDir: string, error: unknown): StartError {
  const code = reason(error)
  return new StartError(`DATA_DIR ${dataDir} ${WHY[code] ?? `cannot be used (${code})`}.`, { cause: error })
}

/** Who holds the folder, as far as it has said; undefined for nobody, or for one that has just begun or ended. */
export function readHolder(dataDir: string): Holder | undefined {
  const text = readOptional(holderFile(dataDir))
  if (text === undefined) return undefined
  const holder = HolderJson.safeParse(text)
  return holder.success && isAlive(holder.data.pid) ? holder.data : undefined
}

/** The token of the command line, undefined where no server has ever run. */
export function readToken(dataDir: string): string | undefined {
  const token = readOptional(tokenFile(dataDir))?.trim()
  return token === '' ? undefined : token
}

/**
 * What signs the tokens of log-ins where nobody has set one: made once, kept beside the data.
 * Throws a StartError when the folder cannot be used.
 */
export const sessionSecret = (dataDir: string): string => keptRandom(dataDir, 'session-secret', 48)

/**
 * What tells this data folder from all others, also from its own copies: a random text that is made once, and number and birth
 * of the file that it is kept in. Throws a StartError when the folder cannot be used.
 */
export function placeId(dataDir: string): string {
  const kept = keptRandom(dataDir, PLACE, 12)
  // The number alone is the same on two new disks. Some file systems know of no birth, which is 0 then.
  const { ino, birthtimeNs } = statSync(join(dataDir, PLACE), { bigint: true })
  return `${kept}-${ino.toString(36)}-${birthtimeNs.toString(36)}`
}

const PLACE = 'place-id'

function keptRandom(dataDir: string, name: string, bytes: number): string {
  const path = join(dataDir, name)
  try {
    const kept = readOptional(path)?.trim() ?? ''
    if (kept !== '') return kept
    makeFolder(dataDir)
    const made = randomBytes(bytes).toString('base64url')
    replaceFile(path, `${made}\n`)
    return made
  } catch (error) {
    throw unusable(dataDir, error)
  }
}

/** One line for the person whose start found the folder taken. */
export function takenBy(dataDir: string): StartError {
  const holder = readHolder(dataDir)
  if (holder === undefined) return new StartError(`DATA_DIR ${dataDir} is taken by another process that is starting.`)
  const where = holder.url === null ? '' : ` on ${holder.url}`
  return new StartError(
    `DATA_DIR ${dataDir} is taken by ${holder.command}${where} (process ${holder.pid}, since ${holder.started_at}).`,
  )
}

function makeToken(dataDir: string): string {
  const token = randomBytes(32).toString('base64url')
  replaceFile(tokenFile(dataDir), `${token}\n`)
  return token
}

/** Readers see the old content or the new one, never half of it. */
function replaceFile(path: string, content: string): void {
  const draft = `${path}.${process.pid}`
  try {
    writeFileSync(draft, content, { mode: 0o600 })
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (reason(error) === 'ENOENT' || reason(error) === 'ENOTDIR') return undefined
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return reason(error) === 'EPERM'
  }
}
