import type { DocumentId, UserId } from '../../core/ids.ts'
import type {
  DocumentAttributes,
  IndexedPassage,
  IndexedVector,
  VectorStore,
  WordIndex,
} from '../../core/ports/search.ts'
import type { Logger } from '../../core/ports/surroundings.ts'
import { lastChange, pruneChanges, readChanges } from '../../database/change-log.ts'
import type { Database } from '../../database/database.ts'
import { slowestReplica } from '../../database/vector-replicas.ts'
import * as repository from './repository.ts'
import type { DocumentState, IndexRow } from './repository.ts'
import { createSnapshots, type RestorableIndex } from './snapshots.ts'

/** One document as the indexes take it. */
export interface IndexedDocument {
  readonly owner: UserId
  readonly document: DocumentId
  readonly passages: readonly IndexedPassage[]
  readonly vectors: readonly IndexedVector[]
  readonly attributes: DocumentAttributes
}

export interface FollowerDeps {
  readonly database: Database
  readonly words: WordIndex
  readonly vectors: VectorStore
  /** Takes many documents that the indexes do not hold yet in one go. */
  readonly load: (documents: readonly IndexedDocument[]) => Promise<void>
  /** The indexes as what can be kept from one start to the next. */
  readonly restorable: RestorableIndex
  /** Id of the embedding model whose vectors are indexed; a remote one's is known once it has answered. */
  readonly model: () => string
  readonly logger: Logger
  /** Whether the index takes the vectors; by default it does. Asked for each document. */
  readonly keepsVectors?: () => boolean
  /** Hears whose documents have changed, once the indexes show it. */
  readonly changed?: (owner: UserId) => void
  /** The number up to which all that follow this log keep their indexes; this one alone where nothing is said. */
  readonly keptByAll?: () => Promise<number>
  /** How often the log is looked at by itself, in ms, where others write to it; 1,000 by default. */
  readonly pollMs?: number
  /** How often the log's entries that are taken in are forgotten, in ms. An hour by default. */
  readonly pruneMs?: number
}

export interface Follower {
  /**
   * Reads what changed since the indexes were kept, or everything; resolves when a search shows every committed document.
   */
  start(): Promise<void>
  /** The indexes have lost what they held: reads everything again, as often as it takes. */
  refill(): Promise<void>
  /** Resolves when the indexes show everything that was committed before the call. */
  catchUp(): Promise<void>
  /** The number of the last change that the indexes show. */
  position(): number
  /** The number of the last change that what is kept for the next start shows; 0: nothing is. */
  kept(): number
  /** Keeps what the indexes hold for the next start, as is done from time to time and at the end. Never rejects. */
  snapshot(): Promise<void>
  /** The number of the last change of which the indexes show something: a later one than `position` while they take it in. */
  touched(): number
  /** False until the first reading is over, and after a failure until a later try succeeds. */
  ready(): boolean
  close(): Promise<void>
}

/**
 * Keeps the indexes on the database's change log. The log only says which documents changed; what is indexed is
 * always their present state, so that reading a change twice, or two changes at once, does no harm.
 */
export function createFollower(deps: FollowerDeps): Follower {
  const { database, words, vectors, load, model, logger } = deps
  /** The words that the index holds of each document. */
  const applied = new Map<DocumentId, string>()
  let position = 0
  /** Of what is being taken in. */
  let newestTouched = 0
  let ready = false
  let closed = false
  /** The end of all work that was asked for. */
  let last: Promise<void> = Promise.resolve()
  /** Those that have not begun. */
  let following: Promise<void> | undefined
  let refilling: Promise<void> | undefined
  let pruning = Promise.resolve()
  let pruneTimer: NodeJS.Timeout | undefined
  let pollTimer: NodeJS.Timeout | undefined
  let deafen: (() => void) | undefined
  /** False while the indexes lack changes that the log does not have any more. */
  let whole = true
  let started = false
  const snapshots = createSnapshots({ database, index: deps.restorable, logger, position: shown })

  function shown(): number {
    return ready ? position : 0
  }

  async function start(): Promise<void> {
    const startedAt = performance.now()
    const kept = await snapshots.begin()
    if (kept === undefined) await readAll()
    else position = kept
    await follow()
    ready = true
    started = true
    if (position !== kept) snapshots.takeSoon()
    snapshots.start()
    pruneTimer ??= setInterval(prune, deps.pruneMs ?? PRUNE_MS).unref()
    prune()
    followOthers()
    const milliseconds = Math.round(performance.now() - startedAt)
    const changes = kept === undefined ? 0 : position - kept
    logger.info({ restored: kept !== undefined, changes, ms: milliseconds }, 'Index is loaded')
  }

  /** Where others write to the database it tells of their commits; what is not heard of is found by looking. */
  function followOthers(): void {
    const { signals } = database
    if (signals === undefined || pollTimer !== undefined) return
    const look = (): void =>
      void catchUp().catch((error: unknown) => {
        if (!closed) logger.warn({ err: error }, 'The change log could not be read; it is tried again soon')
      })
    deafen = signals.on('changes', look)
    pollTimer = setInterval(look, deps.pollMs ?? POLL_MS).unref()
  }

  async function readAll(): Promise<void> {
    // What is committed after this is in the log, whether or not the reading below saw it.
    position = await lastChange(database.read)
    let after = ''
    let loading: Promise<void> | undefined
    for (;;) {
      const states = await repository.documentsAfter(database.read, after, DOCUMENTS_A_READ)
      const last = states.at(-1)
      if (last === undefined) break
      const documents = await current(states)
      // While the index takes in one part, the next one is read.
      await loading
      loading = load(documents)
      // A failure is told by the next await, which may come later.
      loading.catch(() => undefined)
      for (const document of documents) applied.set(document.document, stamp(document))
      after = last.document
    }
    await loading
  }

  /** Searches need no shorter log: one that cannot be shortened now, as the disk is full, is the next time. */
  function prune(): void {
    pruning = pruning.then(async () => {
      if (closed) return
      try {
        // The next start begins with the change that the snapshot ends with, unless the log has become too long for it.
        const kept = (await deps.keptByAll?.()) ?? snapshots.kept()
        const needed = Math.min(kept - 1, (await slowestReplica(database.read)) ?? Infinity)
        const upTo = Math.max(needed, shown() - LONGEST_LOG[database.dialect])
        if (upTo > 0) await database.write((tx) => pruneChanges(tx, upTo))
      } catch (error) {
        logger.warn({ err: error }, 'The change log could not be shortened; it is tried again later')
      }
    })
  }

  /** What is asked for while one waits is done by that one. */
  function refill(): Promise<void> {
    ready = false
    refilling ??= queue(() => {
      refilling = undefined
      return fillAgain()
    })
    return refilling
  }

  async function fillAgain(): Promise<void> {
    if (closed) return
    applied.clear()
    try {
      await start()
    } catch (error) {
      logger.error({ err: error }, 'The index could not be filled; it is tried again')
      await new Promise((resolve) => setTimeout(resolve, REFILL_AGAIN_MS))
      await fillAgain()
    }
  }

  async function current(states: readonly DocumentState[]): Promise<IndexedDocument[]> {
    const rows = await repository.indexRows(
      database.read,
      states.map((state) => state.document),
      model(),
    )
    const byDocument = Map.groupBy(rows, (row) => row.document)
    const withVectors = deps.keepsVectors?.() !== false
    return states.map((state) => indexed(state, byDocument.get(state.document) ?? [], withVectors))
  }

  async function follow(): Promise<void> {
    for (;;) {
      if (!whole) await readAnew()
      const changes = await readChanges(database.read, position, CHANGES_A_READ)
      const [oldest, newest] = [changes[0], changes.at(-1)]
      if (oldest === undefined || newest === undefined) return
      // Numbers have no gaps: what is missing was forgotten, as this one was taken for dead, or was too far behind.
      if (oldest.seq !== position + 1) {
        whole = false
        continue
      }
      const ids = [...new Set(changes.map((change) => change.document))]
      const states = await repository.documentStates(database.read, ids)
      newestTouched = newest.seq
      // Gone altogether, or another's now.
      const gone = changes.filter(({ document, owner }) => states.get(document)?.owner !== owner)
      for (const [owner, left] of Map.groupBy(gone, (change) => change.owner)) {
        const documents = [...new Set(left.map((change) => change.document))]
        await Promise.all([words.deleteDocuments(owner, documents), vectors.deleteDocuments(owner, documents)])
        for (const id of documents) applied.delete(id)
      }
      const present = [...states.values()]
      for (let at = 0; at < present.length; at += DOCUMENTS_A_READ) {
        for (const document of await current(present.slice(at, at + DOCUMENTS_A_READ))) await replace(document)
      }
      position = newest.seq
      if (gone.length > 0) snapshots.takeSoon()
      for (const owner of new Set(changes.map((change) => change.owner))) deps.changed?.(owner)
    }
  }

  async function readAnew(): Promise<void> {
    logger.warn({ position }, 'The change log does not reach back to what the index shows: it is filled again')
    ready = false
    applied.clear()
    await deps.restorable.clear()
    await readAll()
    whole = true
    ready = started
  }

  /** Words are analysed again only where they changed; vectors come after them, so they are always taken. */
  async function replace(next: IndexedDocument): Promise<void> {
    const { owner, document, passages, vectors: rows, attributes } = next
    const stamped = stamp(next)
    await Promise.all([
      applied.get(document) === stamped ? undefined : words.replaceDocument(owner, document, passages),
      vectors.replaceDocument(owner, document, rows),
    ])
    const described = [{ document, attributes }]
    await Promise.all([words.describeDocuments(owner, described), vectors.describeDocuments(owner, described)])
    applied.set(document, stamped)
  }

  /** A run that has begun may have read the log before the caller's commit: such a caller waits for the next run. */
  function catchUp(): Promise<void> {
    if (closed) return Promise.resolve()
    following ??= queue(() => {
      following = undefined
      return follow()
    })
    return following
  }

  /** One after the other: whoever fills the indexes or follows the log moves the position. */
  function queue(work: () => Promise<void>): Promise<void> {
    const mine = last.then(work)
    // A failure is told to whoever asked for it.
    last = mine.catch(() => undefined)
    return mine
  }

  return {
    start: () => queue(start),
    refill,
    catchUp,
    position: shown,
    touched: () => (ready ? Math.max(position, newestTouched) : Infinity),
    kept: snapshots.kept,
    snapshot: snapshots.take,
    ready: () => ready,
    async close() {
      closed = true
      clearInterval(pruneTimer)
      clearInterval(pollTimer)
      deafen?.()
      await Promise.all([last, pruning])
      await snapshots.take()
      await snapshots.close()
    },
  }
}

/** Bounds the texts and vectors in memory at a time; 500 left 35 MB more behind after the start than 100 do. */
const DOCUMENTS_A_READ = 100
const CHANGES_A_READ = 500
const REFILL_AGAIN_MS = 1000
const PRUNE_MS = 3_600_000
const POLL_MS = 1000
/**
 * Changes that are kept for a snapshot; a start reads some thousand a second. Where there are several instances, also for one
 * that is still being filled: of a hundred million passages for half a day.
 */
const LONGEST_LOG = { sqlite: 100_000, postgres: 2_000_000 } as const

/** Equal stamps, equal words: ids of passages are never used again, and each reading makes new ones. */
const stamp = ({ passages }: IndexedDocument): string =>
  JSON.stringify([passages[0]?.title, passages[0]?.chunk, passages.length])

function indexed(state: DocumentState, rows: readonly IndexRow[], withVectors: boolean): IndexedDocument {
  return {
    owner: state.owner,
    document: state.document,
    passages: rows.map(({ chunk, context, text }) => ({ chunk, title: state.title, context, text })),
    vectors: rows.flatMap(({ chunk, vector }) => (vector === undefined || !withVectors ? [] : [{ chunk, vector }])),
    attributes: state.attributes,
  }
}
