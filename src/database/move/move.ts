import { StartError } from '../../core/start-error.ts'
import type { BegunMove, MoveTarget, Place } from '../postgres/move-target.ts'
import type { Cell } from './row-digest.ts'
import type { MoveSource } from './source.ts'
import { BEFORE_ALL, fittedCells, surveyTable, type TableSurvey, type Task } from './survey.ts'
import type { MovedTable } from './tables.ts'
import { verifyMove, type Difference } from './verify.ts'

export type Phase = 'read' | 'move' | 'verify'

/** How the move tells of its progress. */
export interface MoveProgress {
  /** @param rows all that the phase goes through @param done those that an earlier run has gone through */
  begin(phase: Phase, rows: number, done: number): void
  advance(rows: number): void
  /** A table is through. */
  table(name: string, rows: number): void
  end(): void
}

export interface MoveOptions {
  /** A move that was begun is thrown away. */
  readonly restart: boolean
  /** Characters that PostgreSQL's text cannot hold become U+FFFD; false: they are a reason not to begin. */
  readonly replace: boolean
  readonly progress: MoveProgress
  readonly signal: AbortSignal
}

/** A batch ends with either: it is one statement, and kept in memory twice. */
const BATCH_ROWS = 500
const BATCH_BYTES = 4 * 1024 * 1024
/** PostgreSQL binds 65,535 values a statement; three of them are the place. */
const MOST_VALUES = 65_000

/** Reads the whole source once: what is in it, and whether it is what it was when a move began. */
export async function surveySource(
  source: MoveSource,
  { progress, signal }: Pick<MoveOptions, 'progress' | 'signal'>,
): Promise<TableSurvey[]> {
  const task: Task = { advance: progress.advance, signal }
  progress.begin('read', sum(source.tables.map(source.count)), 0)
  const surveys: TableSurvey[] = []
  for (const table of source.tables) surveys.push(await surveyTable(source, table, task))
  progress.end()
  return surveys
}

/**
 * What a run has to do: begin, or go on behind the places that were reached.
 * @throws StartError where the target must not be touched, or the source cannot be moved as it is
 */
export async function planMove(
  source: MoveSource,
  target: MoveTarget,
  surveys: readonly TableSurvey[],
  { restart, replace }: Pick<MoveOptions, 'restart' | 'replace'>,
): Promise<{ readonly places: ReadonlyMap<string, Place> | undefined }> {
  const unfit = surveys.filter((survey) => survey.unfit.count > 0)
  if (unfit.length > 0 && !replace) {
    const count = sum(unfit.map((survey) => survey.unfit.count))
    throw new StartError(
      `${count} row${count === 1 ? ' has' : 's have'} characters that PostgreSQL cannot hold (the first: ${unfit[0]?.unfit.first}): add --replace-characters to move them with U+FFFD in their place.`,
    )
  }
  const state = await target.state()
  if (state.kind === 'used') {
    throw new StartError(`${target.name} is not empty (it has ${state.what}): create an empty database and name that.`)
  }
  if (state.kind === 'empty' || restart) return { places: undefined }
  refuseOther(source, target, surveys, state.move)
  return { places: state.move.places }
}

function refuseOther(
  source: MoveSource,
  target: MoveTarget,
  surveys: readonly TableSurvey[],
  { storeId, migrations, places }: BegunMove,
): void {
  if (storeId !== source.storeId) {
    throw new StartError(
      `${target.name} holds the beginning of a move of another database: name another one, or add --restart to throw that beginning away.`,
    )
  }
  const changed = surveys.filter(({ table, fingerprint }) => places.get(table.name)?.fingerprint !== fingerprint)
  if (changed.length > 0 || migrations.join() !== source.migrations.join()) {
    const where = changed.length === 0 ? 'its version' : changed.map(({ table }) => table.name).join(', ')
    throw new StartError(
      `${source.path} has changed since the move began (${where}): add --restart to begin again with what it holds now.`,
    )
  }
}

/** Moves what the target has not got yet, then verifies all of it; only where both sides are equal is the move over. */
export async function moveDatabase(
  source: MoveSource,
  target: MoveTarget,
  surveys: readonly TableSurvey[],
  options: MoveOptions,
): Promise<Difference[]> {
  const { progress, signal } = options
  const { places } = await planMove(source, target, surveys, options)
  if (places === undefined) {
    await target.begin(
      source,
      surveys.map(({ table, fingerprint }) => ({ name: table.name, fingerprint })),
    )
  }
  await target.checkTables(source.tables)
  const here = (table: MovedTable): number => places?.get(table.name)?.rows ?? 0
  progress.begin('move', sum(surveys.map(({ rows }) => rows)), sum(source.tables.map(here)))
  for (const { table, rows } of surveys) {
    if (here(table) < rows) {
      await moveTable(source, target, table, places?.get(table.name)?.after ?? BEFORE_ALL, { ...progress, signal })
    }
    progress.table(table.name, rows)
  }
  progress.end()
  for (const identity of await target.identities()) {
    if (!source.tables.some(({ name }) => name === identity.table)) continue
    await target.setIdentity(identity, source.lastIdentity(identity.table, identity.column))
  }
  const differences = await compare(source, target, surveys, options)
  if (differences.length === 0) await target.finish()
  return differences
}

/** Verifies what the target holds, whether or not a move is over. @throws StartError where it cannot be compared */
export async function compare(
  source: MoveSource,
  target: MoveTarget,
  surveys: readonly TableSurvey[],
  { progress, signal }: Pick<MoveOptions, 'progress' | 'signal'>,
): Promise<Difference[]> {
  await target.checkTables(source.tables)
  progress.begin('verify', sum(surveys.map(({ rows }) => rows)), 0)
  const differences = await verifyMove(source, target, surveys, { advance: progress.advance, signal })
  progress.end()
  if (!source.changedSince()) return differences
  throw new StartError(
    `${source.path} was written to meanwhile: stop what uses it, then run the command again with --restart.`,
  )
}

/** While a batch is being written the next one is read. */
async function moveTable(
  source: MoveSource,
  target: MoveTarget,
  table: MovedTable,
  after: bigint,
  { advance, signal }: Task,
): Promise<void> {
  let writing: Promise<void> = Promise.resolve()
  for (const { rows, last } of batches(source, table, after)) {
    await writing
    signal.throwIfAborted()
    writing = target.insert(table, rows, last).then(() => advance(rows.length))
    // It is awaited after the next batch is read.
    writing.catch(() => undefined)
  }
  await writing
}

interface Batch {
  readonly rows: readonly (readonly Cell[])[]
  readonly last: bigint
}

function* batches(source: MoveSource, table: MovedTable, after: bigint): Iterable<Batch> {
  const most = Math.min(BATCH_ROWS, Math.floor(MOST_VALUES / table.columns.length))
  let rows: (readonly Cell[])[] = []
  let bytes = 0
  let last = after
  for (const { rowid, cells } of source.rows(table, after)) {
    rows.push(fittedCells(table, cells))
    last = rowid
    bytes += cells.reduce((total, cell) => total + (cell instanceof Uint8Array ? cell.byteLength : 8), 0)
    if (rows.length < most && bytes < BATCH_BYTES) continue
    yield { rows, last }
    rows = []
    bytes = 0
  }
  if (rows.length > 0) yield { rows, last }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
