import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../../core/errors.ts'
import { isNamed, type NamedReplica, type Terms, type VectorReplica } from '../../../core/ports/search.ts'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { ProviderFailure } from '../../../core/provider-failure.ts'
import { lastChange } from '../../../database/change-log.ts'
import type { Database } from '../../../database/database.ts'
import { replicaRow, type ReplicaRow, takeReplica, wishComparison } from '../../../database/vector-replicas.ts'
import { createFormerCollections } from './former-collections.ts'
import { createFreshness } from './freshness.ts'
import { createProbes, isAwayError } from './probes.ts'
import type { ReplicaFollower, ReplicaStatus } from './replica-follower.ts'
import * as repository from './repository.ts'
import { createSilence } from './silence.ts'
import { createReplicaWriter, NoWriterError } from './writer.ts'

export interface ReplicaDeps {
  readonly database: Database
  /** The present one; undefined: the length of the model's vectors is not known yet. Another model has another. */
  readonly replica: () => VectorReplica | undefined
  /** Id of the embedding model whose vectors are replicated. */
  readonly model: () => string
  /** Asked where the server looks for words. */
  readonly terms: Pick<Terms, 'ofPassages'>
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
  /** That counts may fail to settle, as documents come all the time, until all is compared instead. */
  readonly settleMs?: number
}

const SILENCE_MS = 15_000
const SETTLE_MS = 30_000
/** Between two counts while documents come. */
const RECOUNT_MS = 1000
/** Until who does not write looks again, while who does is behind. */
const BEHIND_MS = 200
const LOOK_MS = 50
/** That a start waits for the server. */
const START_MS = 5000
/** That an answer about the server waits for it. */
const FIRST_LOOK_MS = 10_000
/** Between two looks at how far a comparison is. */
const COMPARED_MS = 200

/**
 * Keeps a vector store of another process on the database's change log. Of the processes that share a database one writes; the
 * others only look how far it is. Each searches it once it has counted that it holds as many rows as the database, or all was
 * compared, since its start and since the server was away; what it missed is put there first. Where the numbers differ, or do
 * not settle, all is compared.
 */
export function createReplicaFollower(
  { database, replica, model, terms, instance, logger }: ReplicaDeps,
  { intervalMs, timeoutMs, silenceMs = SILENCE_MS, settleMs = SETTLE_MS }: ReplicaOptions,
): ReplicaFollower {
  const closing = new AbortController()
  const writer = createReplicaWriter({ database, model, terms, instance, logger, closing: closing.signal })
  const freshness = createFreshness(intervalMs)
  const isSilent = createSilence(silenceMs)
  const former = createFormerCollections({ database, logger, isSilent, closing: closing.signal })
  const probes = createProbes(
    { replica, logger, closing: closing.signal, onAnswer: () => poke(), onFailure: notProbed },
    { intervalMs, timeoutMs },
  )
  /** The one that was followed since its server answers. */
  let followed: VectorReplica | undefined
  let mustCount = true
  let position = 0
  /** What was told last of what is wrong. */
  let told: string | undefined
  let waking: () => void = () => undefined
  let isPoked = false
  let running: Promise<unknown> | undefined
  /** All was compared, by this process, since the server was away last. */
  let isCompared = false
  /** Since when counts have not settled. */
  let unsettled: number | undefined
  /** Comparisons that had been made when the server was back; a later one stands for a count. */
  let comparisonBefore: string | null = null
  /** What is there has been whole at some time: it lacks what came since at most. */
  let isFilledOnce = false
  /** The last comparison before it was found empty; a later one has filled it again. */
  let emptied: string | null | undefined
  let nextMs = intervalMs

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      isPoked = false
      nextMs = intervalMs
      try {
        await look()
      } catch (error) {
        if (closing.signal.aborted) return
        freshness.judge(undefined)
        if (!(error instanceof NoWriterError)) troubled(error)
      }
      if (isPoked) continue
      const { promise, resolve } = Promise.withResolvers<void>()
      waking = resolve
      const timer = setTimeout(resolve, nextMs)
      await promise
      clearTimeout(timer)
    }
  }

  async function look(): Promise<void> {
    const current = replica()
    if (current === undefined) return
    if (probes.isSuspect()) await probes.once(current)
    if (probes.answering() !== current || !isNamed(current)) return
    const row = await replicaRow(database, current.name)
    if (followed !== current || probes.isRemade()) {
      distrust()
      comparisonBefore = row.comparison
      if (probes.isRemade()) {
        emptied = row.comparison
        if (emptied !== null) await database.write((tx) => wishComparison(tx, current.name))
        probes.noted()
        return look()
      }
      followed = probes.answering()
    }
    isFilledOnce = (row.state !== 'filling' || row.comparison !== null) && row.comparison !== emptied
    const last = await lastChange(database.read)
    freshness.looked(last)
    if (await isWriter(row)) {
      await write(current, row)
      await seal(current)
    } else {
      await watch(current, row)
      if (row.state === 'current' && row.position < last) nextMs = Math.min(nextMs, BEHIND_MS)
    }
    told = undefined
  }

  /** What it keeps from being done is searched all the same, less exactly; it is tried again. */
  async function seal(current: VectorReplica): Promise<void> {
    await current.seal({ signal: closing.signal }).catch((error: unknown) => {
      if (!closing.signal.aborted) logger.warn({ err: error }, 'The vector store did not seal what was written')
    })
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
    if (!isMine) distrust()
    return database.write((tx) => takeReplica(tx, row, instance))
  }

  async function watch(to: NamedReplica, row: ReplicaRow): Promise<void> {
    // What another process has written, a read must not be too early for.
    if (row.position !== position || mustCount) to.changed()
    position = row.position
    if (row.state !== 'current' || row.comparison_wanted > 0) mustCount = true
    else if (mustCount) {
      // A comparison that has ended since stands for a count.
      if (row.comparison === comparisonBefore && !(await isSettled(to))) {
        await wishIfDue(to)
      } else {
        trust()
      }
    }
    freshness.judge(mustCount ? undefined : position)
  }

  /** Where nothing moves and the numbers differ, or where they have not settled for long. */
  async function wishIfDue({ name }: NamedReplica): Promise<void> {
    if (unsettled === undefined || performance.now() - unsettled < settleMs) return
    unsettled = performance.now()
    logger.warn({}, 'The vector store has another number of vectors than the database: a comparison is asked for')
    await database.write((tx) => wishComparison(tx, name))
  }

  function trust(): void {
    mustCount = false
    unsettled = undefined
    isFilledOnce = true
    emptied = undefined
  }

  function distrust(): void {
    mustCount = true
    isCompared = false
    unsettled = undefined
    freshness.judge(undefined)
  }

  async function write(to: NamedReplica, row: ReplicaRow): Promise<void> {
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
      if (!mustCount) await former.drop(to)
    } catch (error) {
      if (!writer.isGap(error)) throw error
      await compareAll(to, row)
      isPoked = true
    } finally {
      clearInterval(alive)
    }
  }

  async function compareAll(to: NamedReplica, row: ReplicaRow): Promise<void> {
    distrust()
    await writer.compareAll(to, row)
    isCompared = true
  }

  async function count(to: NamedReplica, name: string): Promise<void> {
    // Documents may come without end: what was compared needs no number.
    if (isCompared || (await isSettled(to))) {
      await writer.note(name, { state: 'current' })
      trust()
      freshness.judge(position)
      return
    }
    if (unsettled !== undefined && performance.now() - unsettled < settleMs) {
      nextMs = Math.min(intervalMs, RECOUNT_MS)
      return
    }
    logger.warn({}, 'The vector store has another number of vectors than the database: all are compared')
    await writer.note(name, { state: 'filling' })
    isPoked = true
  }

  /** Whether it has as many rows as there are vectors. Where documents came meanwhile, `unsettled` says since when. */
  async function isSettled(to: VectorReplica): Promise<boolean> {
    const before = await lastChange(database.read)
    const [rows, wanted] = await Promise.all([to.count(), repository.expectedRows(database.read)])
    if (rows === wanted) return true
    const isMoving = before !== (await lastChange(database.read)) || before !== position
    unsettled ??= isMoving ? performance.now() : -Infinity
    if (!isMoving) unsettled = -Infinity
    return false
  }

  /** Once for each reason: it is looked at again and again. */
  function tell(error: unknown, what: string): void {
    const message = error instanceof Error ? error.message : String(error)
    if (told !== message) logger.warn({ err: error }, what)
    told = message
  }

  function failed(error: unknown): void {
    // A request that the server refuses says nothing of the next one, unless its collection is gone.
    if (error instanceof AppError && error.code === 'upstream_failed') {
      logger.warn({ err: error }, 'The vector store refused a search')
    }
    if (error instanceof ProviderFailure && error.again) away(error)
    probes.suspect()
    poke()
  }

  function troubled(error: unknown): void {
    if (isAwayError(error)) away(error)
    else tell(error, 'The vector store could not be followed')
  }

  function notProbed(error: unknown): void {
    troubled(error)
    // It is not searched until it has been probed again, and followed then.
    if (!isAwayError(error)) probes.suspect()
  }

  function away(error: unknown): void {
    tell(error, 'The vector store cannot be used now')
    probes.lost()
    followed = undefined
    distrust()
  }

  async function status(): Promise<ReplicaStatus> {
    // Of a process that has just begun.
    await Promise.race([probes.first, sleep(FIRST_LOOK_MS, undefined, { ref: false })])
    const name = replica()?.name
    const version = probes.version()
    const fullText = version === null ? null : (replica()?.supports.fullText ?? null)
    if (name === undefined) return { name: null, state: 'away', version, fullText, behind: null, comparison: null }
    const row = await replicaRow(database, name)
    const last = await lastChange(database.read)
    return {
      name,
      state: probes.answering() === undefined ? 'away' : stateHere(row),
      version,
      fullText,
      behind: row.state === 'filling' ? null : last - row.position,
      comparison: row.comparison === null ? null : (JSON.parse(row.comparison) as ReplicaStatus['comparison']),
    }
  }

  /** Each process counts for itself before it searches there. */
  const stateHere = ({ state }: ReplicaRow): ReplicaRow['state'] =>
    state === 'current' && mustCount ? 'following' : state

  function poke(): void {
    isPoked = true
    waking()
  }

  return {
    async start() {
      running ??= Promise.all([run(), probes.run()])
      await Promise.race([probes.first, sleep(START_MS, undefined, { ref: false })])
    },
    poke,
    connected: () => probes.answering() !== undefined,
    usable: () => (freshness.fresh() && !probes.isSuspect() && !probes.isRemade() ? followed : undefined),
    reachable: () => (isFilledOnce && !probes.isRemade() ? probes.answering() : undefined),
    position: () => (mustCount ? -1 : position),
    failed,
    async caughtUp(ms) {
      const until = performance.now() + ms
      const target = await lastChange(database.read)
      const name = replica()?.name
      if (name === undefined) return false
      poke()
      for (;;) {
        if (probes.answering() === undefined) return false
        const row = await replicaRow(database, name)
        if (row.state !== 'filling' && row.position >= target) return true
        if (performance.now() > until) return false
        await sleep(LOOK_MS)
      }
    },
    status,
    async compare(signal) {
      let wished: string | undefined
      for (
        let silent = 0;
        silent < FIRST_LOOK_MS;
        silent = probes.answering() === undefined ? silent + COMPARED_MS : 0
      ) {
        // Another one, where the server has answered only now, or the model has changed.
        const name = replica()?.name
        if (name !== undefined && name !== wished) await database.write((tx) => wishComparison(tx, name))
        wished = name
        poke()
        await sleep(COMPARED_MS, undefined, { signal })
        if (name === undefined) continue
        const row = await replicaRow(database, name)
        if (row.comparison_wanted === 0 && stateHere(row) === 'current') return status()
      }
      throw new AppError(
        'not_ready',
        'Milvus does not answer; it is counted, and compared with the database where that differs, as soon as it does.',
      )
    },
    async close() {
      closing.abort(new Error('The service stops'))
      waking()
      await running
    },
  }
}
