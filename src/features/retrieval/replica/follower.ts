import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../../core/errors.ts'
import type { VectorReplica } from '../../../core/ports/search.ts'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { ProviderFailure } from '../../../core/provider-failure.ts'
import { lastChange } from '../../../database/change-log.ts'
import type { Database } from '../../../database/database.ts'
import type { ReplicaState } from '../../../database/schema.ts'
import {
  forgetReplica,
  otherReplicas,
  replicaRow,
  type ReplicaRow,
  takeReplica,
  wishComparison,
} from '../../../database/vector-replicas.ts'
import type { Comparison } from './comparison.ts'
import { createFreshness } from './freshness.ts'
import * as repository from './repository.ts'
import { createReplicaWriter, NoWriterError } from './writer.ts'

export interface ReplicaDeps {
  readonly database: Database
  /** The present one; undefined: the length of the model's vectors is not known yet. Another model has another. */
  readonly replica: () => VectorReplica | undefined
  /** Id of the embedding model whose vectors are replicated. */
  readonly model: () => string
  /** Of this process. */
  readonly instance: string
  readonly logger: Logger
}

export interface ReplicaOptions {
  /** Milliseconds between two looks at the server and the change log; a poke comes before. */
  readonly intervalMs: number
  /** Milliseconds that a look at the server may take. */
  readonly timeoutMs: number
  /** Of a process that writes, without a sign of life, until it counts as gone. */
  readonly silenceMs?: number
  /** Between two comparisons that did not help. */
  readonly againMs?: number
}

export interface ReplicaStatus {
  readonly name: string | null
  /** `away`: the server does not answer. */
  readonly state: ReplicaState | 'away'
  /** Of the server; null before its first answer. */
  readonly version: string | null
  /** Changes that it does not show yet; null while it is being filled. */
  readonly behind: number | null
  readonly comparison: (Comparison & { readonly at: string }) | null
}

export interface ReplicaFollower {
  start(): void
  /** Something was committed. */
  poke(): void
  /** Whether the server answers, as far as is known. */
  connected(): boolean
  /** The one to search, while it shows what was committed more than an interval ago; else undefined. */
  usable(): VectorReplica | undefined
  /** The one that answers, whatever it shows. */
  reachable(): VectorReplica | undefined
  /** The number of the last change that it shows, as far as this process knows. */
  position(): number
  /** A search has failed: the server is looked at again before the next one, where it is not away already. */
  failed(error: unknown): void
  /** Whether all that was committed before the call is shown, as soon as it is, or in `ms` milliseconds. */
  caughtUp(ms: number): Promise<boolean>
  status(): Promise<ReplicaStatus>
  /** Has it compared with the database, by whichever process writes it, and made equal. Rejects when `signal` aborts. */
  compare(signal: AbortSignal): Promise<ReplicaStatus>
  close(): Promise<void>
}

const SILENCE_MS = 15_000
/** The first look makes the collection and has it loaded. */
const FIRST_MS = 30_000
const COMPARED_AGAIN_MS = 60_000
const LOOK_MS = 50
/** That an answer about the server waits for it. */
const FIRST_LOOK_MS = 10_000
/** Between two looks at how far a comparison is. */
const COMPARED_MS = 200

/**
 * Keeps a vector store of another process on the database's change log. Of the processes that share a database one writes; the
 * others only look how far it is. Each searches it once it has counted that it holds as many rows as the database, since its
 * start and since the server was away; what it missed is put there first, and where the numbers differ all is compared.
 */
export function createReplicaFollower(
  { database, replica, model, instance, logger }: ReplicaDeps,
  { intervalMs, timeoutMs, silenceMs = SILENCE_MS, againMs = COMPARED_AGAIN_MS }: ReplicaOptions,
): ReplicaFollower {
  const closing = new AbortController()
  const writer = createReplicaWriter({ database, model, instance, logger, closing: closing.signal })
  const freshness = createFreshness(intervalMs)
  const looked = Promise.withResolvers<void>()
  let answering: VectorReplica | undefined
  let version: string | null = null
  let probedAt = -Infinity
  /** A search has failed since. */
  let isSuspect = false
  let mustCount = true
  let position = 0
  /** What was told last of what is wrong. */
  let told: string | undefined
  let waking: () => void = () => undefined
  let isPoked = false
  let running: Promise<void> | undefined
  /** Of processes that write, by what they write: their beat, and when that was seen first. */
  const beats = new Map<string, { readonly beat: string; readonly at: number }>()
  let comparedAt = -Infinity

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      isPoked = false
      try {
        await look()
      } catch (error) {
        if (closing.signal.aborted) return
        freshness.judge(undefined)
        if (error instanceof ProviderFailure || (error instanceof AppError && error.code === 'not_configured'))
          away(error)
        else if (!(error instanceof NoWriterError)) tell(error, 'The vector store could not be followed')
      }
      looked.resolve()
      if (isPoked) continue
      const { promise, resolve } = Promise.withResolvers<void>()
      waking = resolve
      const timer = setTimeout(resolve, intervalMs)
      await promise
      clearTimeout(timer)
    }
  }

  async function look(): Promise<void> {
    const current = replica()
    if (current === undefined) return
    if (answering !== current || isSuspect || performance.now() - probedAt >= intervalMs) await probe(current)
    const row = await replicaRow(database, current.name)
    freshness.looked(await lastChange(database.read))
    if (await isWriter(row)) await write(current, row)
    else await watch(current, row)
    told = undefined
  }

  async function probe(current: VectorReplica): Promise<void> {
    const wasAway = answering === undefined && version !== null
    const limit = version === null ? Math.max(timeoutMs, FIRST_MS) : timeoutMs
    const late = AbortSignal.timeout(limit)
    try {
      version = await current.probe({ signal: AbortSignal.any([closing.signal, late]) })
    } catch (error) {
      if (!late.aborted) throw error
      const text = `Milvus has not answered within ${limit} ms.`
      throw new ProviderFailure('not_ready', text, { kind: 'unavailable', cause: error })
    }
    if (wasAway) logger.info({ version }, 'The vector store answers again')
    if (answering !== current) mustCount = true
    answering = current
    isSuspect = false
    probedAt = performance.now()
  }

  /** Whether nobody has said for long that it writes there. */
  function isSilent({ name, writer: by, beat }: ReplicaRow): boolean {
    const key = `${by} ${beat}`
    const seen = beats.get(name)
    if (seen?.beat === key) return performance.now() - seen.at >= silenceMs
    beats.set(name, { beat: key, at: performance.now() })
    return false
  }

  async function isWriter(row: ReplicaRow): Promise<boolean> {
    const isMine = row.writer === instance
    // On SQLite there is no other.
    if (isMine && database.dialect === 'sqlite') return true
    if (!isMine && row.writer !== '' && database.dialect !== 'sqlite') {
      if (!isSilent(row)) return false
      logger.info(
        { writer: row.writer },
        'The process that wrote to the vector store is gone; this one takes its place',
      )
    }
    if (!isMine) mustCount = true
    return database.write((tx) => takeReplica(tx, row, instance))
  }

  async function watch(to: VectorReplica, row: ReplicaRow): Promise<void> {
    // What another process has written, a read must not be too early for.
    if (row.position !== position) to.changed()
    position = row.position
    const canCount = row.state === 'current' && (!mustCount || (await isComplete(to)))
    if (canCount) mustCount = false
    freshness.judge(canCount ? position : undefined)
  }

  async function write(to: VectorReplica, row: ReplicaRow): Promise<void> {
    const { name } = row
    // Also while a single request takes long.
    const alive = setInterval(() => void writer.note(name).catch(() => undefined), silenceMs / 4)
    try {
      if (row.state === 'filling' || row.comparison_wanted > 0) await compareAll(to, row)
      else if (row.state === 'current' && mustCount) await writer.note(name, { state: 'following' })
      const { position: from, state } = await replicaRow(database, name)
      const until = performance.now() + intervalMs
      const shown = (at: number): void => {
        position = at
        freshness.judge(mustCount ? undefined : at)
      }
      shown(from)
      shown(await writer.follow(to, from, until, shown))
      if (performance.now() >= until) isPoked = true
      else if (state !== 'current') await count(to, name)
      if (!mustCount) await dropOthers(to)
    } catch (error) {
      if (!writer.isGap(error)) throw error
      await compareAll(to, row)
      isPoked = true
    } finally {
      clearInterval(alive)
    }
  }

  async function compareAll(to: VectorReplica, row: ReplicaRow): Promise<void> {
    freshness.judge(undefined)
    mustCount = true
    await writer.compareAll(to, row)
    comparedAt = performance.now()
  }

  async function count(to: VectorReplica, name: string): Promise<void> {
    if (await isComplete(to)) {
      await writer.note(name, { state: 'current' })
      mustCount = false
      freshness.judge(position)
    } else if (!isPoked && performance.now() - comparedAt > againMs) {
      logger.warn({}, 'The vector store has another number of vectors than the database: all are compared')
      await writer.note(name, { state: 'filling' })
      isPoked = true
    }
  }

  /** Whether it has as many rows as there are vectors, at a moment when nothing was committed. */
  async function isComplete(to: VectorReplica): Promise<boolean> {
    const before = await lastChange(database.read)
    const [rows, wanted] = await Promise.all([to.count(), repository.expectedRows(database.read, model())])
    if (rows === wanted) return true
    // What was committed meanwhile made them differ: it is followed first.
    if (before !== (await lastChange(database.read)) || before !== position) isPoked = true
    return false
  }

  /** Of models of before, now that this one's vectors are all there and no process keeps theirs any more. */
  async function dropOthers(to: VectorReplica): Promise<void> {
    for (const row of await otherReplicas(database.read, to.name)) {
      if (!isSilent(row)) continue
      const isDropped = await to.drop(row.name, { signal: closing.signal })
      await database.write((tx) => forgetReplica(tx, row.name))
      const what = isDropped ? 'were removed from' : 'are left in'
      logger.info({ collection: row.name }, `Vectors of a former embedding model or setting ${what} the vector store`)
    }
  }

  /** Once for each reason: it is looked at again and again. */
  function tell(error: unknown, what: string): void {
    const message = error instanceof Error ? error.message : String(error)
    if (told !== message) logger.warn({ err: error }, what)
    told = message
  }

  function failed(error: unknown): void {
    // A request that the server refuses says nothing of the next one.
    if (error instanceof AppError && error.code === 'upstream_failed') {
      logger.warn({ err: error }, 'The vector store refused a search')
      return
    }
    if (error instanceof ProviderFailure && error.again) away(error)
    isSuspect = true
    poke()
  }

  function away(error: unknown): void {
    tell(error, 'The vector store cannot be used now')
    answering = undefined
    mustCount = true
    freshness.judge(undefined)
  }

  async function status(): Promise<ReplicaStatus> {
    // Of a process that has just begun.
    if (probedAt === -Infinity) await Promise.race([looked.promise, sleep(FIRST_LOOK_MS)])
    const name = replica()?.name
    if (name === undefined) return { name: null, state: 'away', version, behind: null, comparison: null }
    const row = await replicaRow(database, name)
    const last = await lastChange(database.read)
    return {
      name,
      state: answering === undefined ? 'away' : row.state,
      version,
      behind: row.state === 'filling' ? null : last - row.position,
      comparison: row.comparison === null ? null : (JSON.parse(row.comparison) as ReplicaStatus['comparison']),
    }
  }

  function poke(): void {
    isPoked = true
    waking()
  }

  return {
    start() {
      running ??= run()
    },
    poke,
    connected: () => answering !== undefined,
    usable: () => (freshness.fresh() && !isSuspect ? answering : undefined),
    reachable: () => answering,
    position: () => position,
    failed,
    async caughtUp(ms) {
      const until = performance.now() + ms
      const target = await lastChange(database.read)
      const name = replica()?.name
      if (name === undefined) return false
      poke()
      for (;;) {
        if (answering === undefined) return false
        const row = await replicaRow(database, name)
        if (row.state !== 'filling' && row.position >= target) return true
        if (performance.now() > until) return false
        await sleep(LOOK_MS)
      }
    },
    status,
    async compare(signal) {
      const name = replica()?.name
      if (name === undefined) return status()
      await database.write((tx) => wishComparison(tx, name))
      for (let silent = 0; silent < FIRST_LOOK_MS; silent = answering === undefined ? silent + COMPARED_MS : 0) {
        poke()
        await sleep(COMPARED_MS, undefined, { signal })
        const row = await replicaRow(database, name)
        if (row.comparison_wanted === 0 && row.state === 'current') return status()
      }
      throw new AppError('not_ready', 'Milvus does not answer; it is compared with the database as soon as it does.')
    },
    async close() {
      closing.abort(new Error('The service stops'))
      waking()
      await running
    },
  }
}
