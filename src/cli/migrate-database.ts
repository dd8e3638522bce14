import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { lockDataDir, takenBy, type DataDirLock } from '../config/data-dir.ts'
import type { Logger } from '../core/ports/surroundings.ts'
import { StartError } from '../core/start-error.ts'
import { compare, moveDatabase, planMove, surveySource, type MoveOptions } from '../database/move/move.ts'
import { openSource, type MoveSource } from '../database/move/source.ts'
import type { TableSurvey } from '../database/move/survey.ts'
import type { Difference } from '../database/move/verify.ts'
import { openTarget, type MoveTarget } from '../database/postgres/move-target.ts'
import { moveProgress } from './move-progress.ts'
import { printable, printLine, type Terminal } from './terminal.ts'

export interface MigrateDatabaseOptions {
  /** `sqlite`, or `sqlite:PATH`. */
  readonly from: string
  /** `postgres`, or the address of one. */
  readonly to: string
  readonly verify: boolean
  readonly dryRun: boolean
  readonly restart: boolean
  readonly replaceCharacters: boolean
}

/** Of a run that found the two databases different. */
const DIFFERENT = 2

/**
 * `evident migrate database`: moves everything from SQLite to PostgreSQL and verifies it. Begun anew after it was stopped,
 * by whatever, it goes on where it was. Gives the exit code: 0 where both hold the same, 2 where they do not.
 * @throws StartError, DatabaseOpenError where it cannot be done
 */
export async function migrateDatabase(
  config: Config,
  options: MigrateDatabaseOptions,
  logger: Logger,
  terminal: Terminal,
): Promise<number> {
  const path = sourcePath(config, options.from)
  const address = targetAddress(config, options.to)
  if (!existsSync(path))
    throw new StartError(`There is no SQLite database ${path}: set DATA_DIR, or name it by --from.`)
  const locks = lockFolders(config, path)
  try {
    const source = openSource(path)
    try {
      const target = await openTarget(address, logger)
      try {
        return await run(source, target, options, terminal)
      } finally {
        await target.close()
      }
    } finally {
      source.close()
    }
  } finally {
    for (const lock of locks) lock.release()
  }
}

async function run(
  source: MoveSource,
  target: MoveTarget,
  { restart, replaceCharacters, verify, dryRun }: MigrateDatabaseOptions,
  terminal: Terminal,
): Promise<number> {
  const { out, signal } = terminal
  const say = (line: string): void => printLine(out, printable(line))
  const progress = await moveProgress(terminal)
  const options: MoveOptions = { restart, replace: replaceCharacters, progress, signal }
  try {
    // What is refused at a glance is refused before all is read.
    if (!verify) await planMove(source, target, [], { restart: true, replace: true })
    const surveys = await surveySource(source, options)
    if (verify) return conclude(await compare(source, target, surveys, options), { source, target, terminal })
    if (dryRun) {
      const { places } = await planMove(source, target, surveys, options)
      for (const { table, rows, bytes } of surveys) {
        say(
          `${table.name}: ${rows} rows, ${megabytes(bytes)}, ${places?.get(table.name)?.rows ?? 0} of them moved already`,
        )
      }
      say(`Nothing was written to ${target.name}.`)
      return 0
    }
    const differences = await moveDatabase(source, target, surveys, options)
    if (differences.length === 0) tellMoved(surveys, target, say)
    else printLine(terminal.err, 'The move is not over: add --restart to move all of it again.')
    return conclude(differences, { source, target, terminal })
  } finally {
    progress.end()
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

function tellMoved(surveys: readonly TableSurvey[], target: MoveTarget, say: (line: string) => void): void {
  const rows = surveys.reduce((sum, survey) => sum + survey.rows, 0)
  const bytes = surveys.reduce((sum, survey) => sum + survey.bytes, 0)
  say(`${rows} rows of ${surveys.length} tables (${megabytes(bytes)}) were moved, original files among them.`)
  say(
    `Start the service with DATABASE_URL for ${target.name} and the same DATA_DIR: log-ins and the search index stay valid there; in another folder the index is made anew, and log-ins need its session-secret, or JWT_SECRET_KEY.`,
  )
}

function conclude(
  differences: readonly Difference[],
  { source, target, terminal }: { source: MoveSource; target: MoveTarget; terminal: Terminal },
): number {
  if (differences.length === 0) {
    printLine(terminal.out, `${source.path} and ${target.name} hold the same: all rows were compared.`)
    return 0
  }
  for (const { table, lines } of differences) {
    for (const line of lines) printLine(terminal.err, printable(`${table}: ${line}`))
  }
  const tables = new Set(differences.map(({ table }) => table))
  printLine(terminal.err, `${source.path} and ${target.name} differ in ${[...tables].join(', ')}.`)
  return DIFFERENT
}

function sourcePath(config: Config, from: string): string {
  if (from === 'sqlite') return config.sqlitePath
  if (from.startsWith('sqlite:') && from.length > 'sqlite:'.length) return resolve(from.slice('sqlite:'.length))
  throw new StartError('--from must be sqlite (of DATA_DIR), or sqlite:PATH.')
}

function targetAddress({ database }: Config, to: string): string {
  if (/^postgres(ql)?:\/\//.test(to) && URL.canParse(to)) return to
  if (to !== 'postgres') throw new StartError('--to must be postgres (of DATABASE_URL), or postgres://HOST/DATABASE.')
  if (database.kind === 'postgres') return database.url
  throw new StartError(
    'There is no PostgreSQL to move to: set DATABASE_URL, or name it by --to postgres://HOST/DATABASE.',
  )
}

/** Those in which a service would work that uses the file. A folder that has never been one is left as it is. */
function lockFolders({ dataDir, sqlitePath }: Config, path: string): DataDirLock[] {
  const folders = new Set([dirname(path), ...(path === sqlitePath ? [dataDir] : [])])
  const locks: DataDirLock[] = []
  for (const folder of folders) {
    if (!existsSync(join(folder, 'evident.lock'))) continue
    const lock = lockDataDir(folder, 'evident migrate database')
    if (lock !== undefined) {
      locks.push(lock)
      continue
    }
    for (const taken of locks) taken.release()
    throw takenBy(folder)
  }
  return locks
}
