import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../../core/errors.ts'
import { ProviderFailure } from '../../../core/provider-failure.ts'
import type { VectorReplica } from '../../../core/ports/search.ts'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { lastChange, prunedUpTo, readChanges } from '../../../database/change-log.ts'
import type { Database } from '../../../database/database.ts'
import type { ReplicaState } from '../../../database/schema.ts'
import {
  forgetReplica,
  fulfilComparison,
  noteReplica,
  otherReplicas,
  replicaRow,
  type ReplicaRow,
  takeReplica,
  wishComparison,
} from '../../../database/vector-replicas.ts'
import { documentStates } from '../repository.ts'
import { compare, type Comparison, DOCUMENTS_AT_ONCE } from './comparison.ts'
import * as repository from './repository.ts'

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
  /** Of its writer, without a sign of life, until another process takes its place. */
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
  /** Changes that it does not show yet. */
  readonly behind: number
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
  /** A search has failed: the server counts as away until it is looked at again. */
  failed(error: unknown): void
  /** Whether all that was committed before the call is shown, as soon as it is, or in `ms` milliseconds. */
  caughtUp(ms: number): Promise<boolean>
  status(): Promise<ReplicaStatus>
  /** Has it compared with the database, by whichever process writes it, and made equal. Rejects when `signal` aborts. */
  compare(signal: AbortSignal): Promise<ReplicaStatus>
  close(): Promise<void>
}

const CHANGES_A_READ = 500
const SILENCE_MS = 15_000
const FIRST_MS = 30_000
const COMPARED_AGAIN_MS = 60_000
const LOOK_MS = 50
/** That an answer about the server waits for it. */
const FIRST_LOOK_MS = 10_000
/** Between two looks at how far a comparison is. */
const COMPARED_MS = 200

/** Another process has become the writer: what this one still wanted to write is that one's now. */
class NoWriterError extends Error {
  override readonly name = 'NoWriterError'
}

/**
 * Keeps a vector store of another process on the database's change log. Of the processes that share a database one writes; the
 * others only look how far it is. What it missed is put there when it is back, then counted and, where the numbers differ,
 * compared with the database row by row.
 */
export function createReplicaFollower(
  { database, replica, model, instance, logger }: ReplicaDeps,
  { intervalMs, timeoutMs, silenceMs = SILENCE_MS, againMs = COMPARED_AGAIN_MS }: ReplicaOptions,
): ReplicaFollower {
  const closing = new AbortController()
  let answering: VectorReplica | undefined
  let version: string | null = null
  let isCurrent = false
  /** Up to where the log had come when it was looked at before. */
  let expected = Infinity
  /** Why the server was away when this was last told. */
  let told: string | undefined
  let waking: () => void = () => undefined
  let isPoked = false
  let running: Promise<void> | undefined
  const looked = Promise.withResolvers<void>()
  /** Of the writer that is another process: its beat, and when that was seen first. */
  let seen: { readonly key: string; readonly at: number } | undefined
  let comparedAt = -Infinity
  let probedAt = -Infinity

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      isPoked = false
      try {
        await look()
      } catch (error) {
        if (closing.signal.aborted) return
        isCurrent = false
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
    if (answering !== current || performance.now() - probedAt >= intervalMs) await probe(current)
    if (told !== undefined && answering === undefined) logger.info({ version }, 'The vector store answers again')
    answering = current
    const row = await replicaRow(database, current.name)
    const last = await lastChange(database.read)
    if (await isWriter(row)) await write(current, row)
    else isCurrent = row.state === 'current' && row.position >= expected
    expected = last
    told = undefined
  }

  async function probe(current: VectorReplica): Promise<void> {
    // The first makes the collection and has it loaded.
    const late = AbortSignal.timeout(version === null ? Math.max(timeoutMs, FIRST_MS) : timeoutMs)
    try {
      version = await current.probe({ signal: AbortSignal.any([closing.signal, late]) })
    } catch (error) {
      if (!late.aborted) throw error
      const text = `Milvus has not answered within ${timeoutMs} ms.`
      throw new ProviderFailure('not_ready', text, { kind: 'unavailable', cause: error })
    }
    probedAt = performance.now()
  }

  /** One that has said nothing for too long is gone. */
  async function isWriter(row: ReplicaRow): Promise<boolean> {
    const key = `${row.writer} ${row.beat}`
    if (row.writer !== instance && row.writer !== '') {
      if (seen?.key !== key) seen = { key, at: performance.now() }
      if (performance.now() - seen.at < silenceMs) return false
      logger.info(
        { writer: row.writer },
        'The process that wrote to the vector store is gone; this one takes its place',
      )
    }
    // On SQLite there is no other.
    if (row.writer === instance && database.dialect === 'sqlite') return true
    return database.write((tx) => takeReplica(tx, row, instance))
  }

  async function write(to: VectorReplica, row: ReplicaRow): Promise<void> {
    const { name } = row
    const note = async (next: Parameters<typeof noteReplica>[2]): Promise<void> => {
      const isMine = await database.write((tx) => noteReplica(tx, { name, writer: instance }, next))
      if (!isMine) throw new NoWriterError()
    }
    const compared = async (): Promise<void> => {
      // What is committed after this is in the log, whether or not the comparison saw it.
      const position = await lastChange(database.read)
      await note({ state: 'filling', position })
      const deps = { read: database.read, replica: to, model: model(), stillWriter: () => note({}) }
      const found = await compare(deps, { signal: closing.signal })
      comparedAt = performance.now()
      logger.info(found, 'The vector store was compared with the database')
      const comparison = JSON.stringify({ at: new Date().toISOString(), ...found })
      await note({ state: 'following', position, comparison })
      await database.write((tx) => fulfilComparison(tx, row))
    }
    let { state } = row
    // Also while a single request takes long.
    const alive = setInterval(() => void note({}).catch(() => undefined), silenceMs / 4)
    try {
      const isTooLate = row.position < (await prunedUpTo(database.read))
      if (state === 'filling' || isTooLate || row.comparison_wanted > 0) {
        isCurrent = false
        await compared()
        state = 'following'
      }
      await follow(to, name, note)
      if (state === 'current') isCurrent = true
      else if (await isComplete(to)) {
        await note({ state: 'current' })
        await dropOthers(to)
        isCurrent = true
      } else if (performance.now() - comparedAt > againMs) {
        logger.warn({}, 'The vector store has another number of vectors than the database: all are compared')
        await note({ state: 'filling' })
        isPoked = true
      }
    } catch (error) {
      // It is counted before it is searched again.
      if (state === 'current' && !closing.signal.aborted) await note({ state: 'following' }).catch(() => undefined)
      throw error
    } finally {
      clearInterval(alive)
    }
  }

  async function follow(
    to: VectorReplica,
    name: string,
    note: (next: { readonly position: number }) => Promise<void>,
  ): Promise<void> {
    let { position } = await replicaRow(database, name)
    const target = await lastChange(database.read)
    const until = performance.now() + intervalMs
    for (;;) {
      closing.signal.throwIfAborted()
      const changes = await readChanges(database.read, position, CHANGES_A_READ)
      const newest = changes.at(-1)
      if (newest === undefined) return
      const ids = [...new Set(changes.map(({ document }) => document))]
      const states = await documentStates(database.read, ids)
      const gone = changes.filter(({ document, owner }) => states.get(document)?.owner !== owner)
      const options = { signal: closing.signal }
      for (const [owner, left] of Map.groupBy(gone, (change) => change.owner)) {
        await to.deleteDocuments(owner, [...new Set(left.map(({ document }) => document))], options)
      }
      const present = [...states.values()]
      for (let at = 0; at < present.length; at += DOCUMENTS_AT_ONCE) {
        const some = present.slice(at, at + DOCUMENTS_AT_ONCE)
        await to.putDocuments(await repository.replicated(database.read, some, model()), options)
      }
      position = newest.seq
      await note({ position })
      if (position < target && performance.now() > until) isCurrent = false
    }
  }

  /** Whether it has as many rows as there are vectors, at a moment when nothing was committed. */
  async function isComplete(to: VectorReplica): Promise<boolean> {
    const before = await lastChange(database.read)
    const [rows, wanted] = await Promise.all([to.count(), repository.expectedRows(database.read, model())])
    if (rows === wanted) return true
    // What was committed meanwhile made them differ: it is followed first.
    if (before !== (await lastChange(database.read))) {
      isPoked = true
      comparedAt = performance.now()
    }
    return false
  }

  /** Of models of before, now that this one's vectors are all there. */
  async function dropOthers(to: VectorReplica): Promise<void> {
    for (const name of await otherReplicas(database.read, to.name)) {
      await to.drop(name, { signal: closing.signal })
      await database.write((tx) => forgetReplica(tx, name))
      logger.info({ collection: name }, 'Vectors of a former embedding model were removed from the vector store')
    }
  }

  /** Once for each reason: it is looked at again and again. */
  function tell(error: unknown, what: string): void {
    const message = error instanceof Error ? error.message : String(error)
    if (told !== message) logger.warn({ err: error }, what)
    told = message
  }

  /** A request that the server refuses says nothing of the next one. */
  function failed(error: unknown): void {
    if (error instanceof AppError && error.code === 'upstream_failed') {
      logger.warn({ err: error }, 'The vector store refused a search')
    } else away(error)
  }

  function away(error: unknown): void {
    tell(error, 'The vector store cannot be used now')
    answering = undefined
    isCurrent = false
  }

  async function position(): Promise<number> {
    const name = replica()?.name
    return name === undefined ? 0 : (await replicaRow(database, name)).position
  }

  async function status(): Promise<ReplicaStatus> {
    // Of a process that has just begun.
    if (probedAt === -Infinity) await Promise.race([looked.promise, sleep(FIRST_LOOK_MS)])
    const name = replica()?.name
    if (name === undefined) return { name: null, state: 'away', version, behind: 0, comparison: null }
    const [row, last] = await Promise.all([replicaRow(database, name), lastChange(database.read)])
    return {
      name,
      state: answering === undefined ? 'away' : row.state,
      version,
      behind: last - row.position,
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
    usable: () => (isCurrent ? answering : undefined),
    reachable: () => answering,
    failed,
    async caughtUp(ms) {
      const until = performance.now() + ms
      const target = await lastChange(database.read)
      poke()
      for (;;) {
        if (answering === undefined) return false
        if ((await position()) >= target) return true
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
