import { setTimeout as sleep } from 'node:timers/promises'
import type { Embedder } from '../../core/ports/embedding.ts'
import type { Logger } from '../../core/ports/surroundings.ts'
import type { Database } from '../../database/database.ts'
import { activeModel, nextModel, setActiveModel, setNextModel } from '../../database/embedding-models.ts'
import type { Retention } from '../../database/retention.ts'
import * as repository from './re-embedding-repository.ts'
import type { PassageOfDocument } from './re-embedding-repository.ts'
import { embedTexts, type EmbeddedText } from './embedding-cache.ts'
import { storeVectors } from './vector-repository.ts'

export interface ReEmbeddingDeps {
  readonly database: Database
  /** Of the model that this process searches with, for as long as it runs. */
  readonly serving: Pick<Embedder, 'id' | 'name'>
  /** Refuses a model that does not exist, or that settings lack for. Throws `invalid_request`. */
  readonly check: (name: string) => unknown
  /** Loads a model by its name. Rejects with `not_ready` when it cannot be used. */
  readonly open: (name: string) => Promise<Embedder>
  /** The id of a model, without loading it; of no vector where it is not known yet. */
  readonly idOf: (name: string) => Promise<string>
  readonly logger: Logger
  /** Between two looks for passages that came meanwhile, in ms; after failures it doubles, up to a minute. */
  readonly pauseMs?: number
}

export interface ReEmbeddingState {
  /** What this process searches with. */
  readonly serving: string
  /** What a start takes that is not told otherwise. */
  readonly active: string
  /** What is being prepared; null: nothing. */
  readonly next: string | null
  /** Passages that have a vector of the next model (or of the active one, where that does not serve yet), of how many. */
  readonly done: number
  readonly total: number
}

export type ReEmbedding = ReturnType<typeof createReEmbedding>

interface Work {
  readonly name: string
  readonly stopping: AbortController
  readonly running: Promise<void>
}

/**
 * Blue/green change of the embedding model. The vectors of the next model are made beside those that searches use, a
 * commit every some passages, so that a kill costs no more than these; when none is missing, one transaction makes it
 * the active model, which the next start serves. Until then this process goes on with its own, and keeps both complete
 * for documents that come.
 */
export function createReEmbedding({ database, serving, check, open, idOf, logger, pauseMs = 1000 }: ReEmbeddingDeps) {
  let work: Work | undefined
  let closed = false
  let following = Promise.resolve()

  async function embed(embedder: Embedder, passages: readonly PassageOfDocument[], signal: AbortSignal) {
    const rows: (PassageOfDocument & EmbeddedText)[] = []
    for (const [owner, theirs] of Map.groupBy(passages, (passage) => passage.owner)) {
      const texts = theirs.map(({ text }) => text)
      const embedded = await embedTexts(database.read, embedder, { owner, texts }, { signal })
      for (const [i, of] of embedded.entries()) {
        const passage = theirs[i]
        if (passage !== undefined) rows.push({ ...passage, ...of })
      }
    }
    return rows
  }

  /** Embeds what lacks a vector, from passage `after` on; gives the last passage's id. */
  async function sweep(embedder: Embedder, after: number, signal: AbortSignal): Promise<number> {
    for (let last = after; ;) {
      signal.throwIfAborted()
      const limit = Math.min(embedder.maxBatch, MOST_PASSAGES)
      const passages = await repository.passagesWithout(database.read, embedder.id, last, limit)
      if (passages.length === 0) return last
      const rows = await embed(embedder, passages, signal)
      await database.write(async (tx) => {
        const ids = rows.map(({ id }) => id)
        const there = await repository.stillThere(tx, database.dialect, ids)
        const kept = rows.filter(({ id }) => there.has(id))
        for (const [document, theirs] of Map.groupBy(kept, (row) => row.document)) {
          await storeVectors(tx, document, embedder.id, theirs)
        }
      })
      last = passages.at(-1)?.id ?? last
    }
  }

  /** In one transaction: none is missing, and the model is the active one. */
  const switchTo = (embedder: Embedder): Promise<boolean> =>
    database.write(async (tx) => {
      if ((await nextModel(tx)) !== embedder.name) return false
      if (await repository.lacksVectors(tx, embedder.id)) return false
      await setActiveModel(tx, embedder.name)
      return true
    })

  async function prepare(name: string, signal: AbortSignal): Promise<void> {
    const embedder = await open(name)
    try {
      for (let after = 0; ;) {
        after = await sweep(embedder, after, signal)
        const isNext = (await nextModel(database.read)) === name
        if (isNext && (await switchTo(embedder))) {
          logger.info(
            { model: name, serving: serving.name },
            'All documents have vectors of the next model: the next start serves it',
          )
        } else if (isNext) {
          // What was committed late lies before the last one.
          after = 0
        }
        const isNeeded = isNext || (await activeModel(database.read)) === name
        if (!isNeeded || name === serving.name) return
        await sleep(pauseMs, undefined, { signal })
      }
    } finally {
      await embedder.close()
    }
  }

  async function keepPreparing(name: string, signal: AbortSignal): Promise<void> {
    for (let pause = pauseMs; !signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      const began = performance.now()
      try {
        await prepare(name, signal)
        return
      } catch (error) {
        if (signal.aborted) return
        logger.error(
          { err: error, model: name },
          'Documents could not be embedded with the next model; tried again soon',
        )
        // What had worked for long failed for another reason than the time before.
        if (performance.now() - began > LONGEST_PAUSE_MS) pause = pauseMs
        await sleep(pause, undefined, { signal }).catch(() => undefined)
      }
    }
  }

  /** Does what the database says is to be done. */
  async function follow(): Promise<void> {
    const [active, next] = await Promise.all([activeModel(database.read), nextModel(database.read)])
    const wanted = next ?? (active === serving.name ? undefined : active)
    if (work?.name === wanted) return
    await stop()
    if (wanted === undefined || closed) return
    logger.info(
      { model: wanted, serving: serving.name },
      'Documents are embedded with another model beside the one in use',
    )
    const stopping = new AbortController()
    const running = keepPreparing(wanted, stopping.signal).finally(() => {
      if (work?.running === running) work = undefined
    })
    work = { name: wanted, stopping, running }
  }

  async function stop(): Promise<void> {
    const stopped = work
    work = undefined
    stopped?.stopping.abort()
    await stopped?.running
  }

  /** One after another: each looks at what the one before it began. */
  function followed(): Promise<void> {
    following = following.catch(() => undefined).then(follow)
    return following
  }

  async function state(): Promise<ReEmbeddingState> {
    const [active = serving.name, next] = await Promise.all([activeModel(database.read), nextModel(database.read)])
    const progress = await repository.progressOf(database.read, await idOf(next ?? active))
    return { serving: serving.name, active, next: next ?? null, ...progress }
  }

  const cleaning: Retention = {
    what: 'Vectors of former embedding models',
    async remove(inSlices) {
      const [active, next] = await Promise.all([activeModel(database.read), nextModel(database.read)])
      // Where this process still serves a former model, or is only making the vectors of its own, both are of use.
      if (active !== serving.name || (await repository.lacksVectors(database.read, serving.id, { unread: true })))
        return
      const kept = [serving.id, ...(next === undefined ? [] : [await idOf(next)])]
      let after = 0
      await inSlices(async (limit) => {
        const { removed, last } = await database.write((tx) => repository.removeOtherVectors(tx, kept, after, limit))
        after = last
        return removed
      })
    },
  }

  return {
    /** What this process serves is the active model from now on; goes on with what is being prepared. */
    async start(): Promise<void> {
      if ((await activeModel(database.read)) !== serving.name) {
        await database.write((tx) => setActiveModel(tx, serving.name))
      }
      await followed()
    },
    /** Begins to prepare the model; the active one: nothing is prepared any more. */
    async begin(name: string): Promise<ReEmbeddingState> {
      check(name)
      await database.write(async (tx) => setNextModel(tx, (await activeModel(tx)) === name ? undefined : name))
      await followed()
      return state()
    },
    state,
    cleaning,
    async close(): Promise<void> {
      closed = true
      await following.catch(() => undefined)
      await stop()
    },
  }
}

const LONGEST_PAUSE_MS = 60_000

/** Between two commits: what is lost when the service stops meanwhile is embedded again. */
const MOST_PASSAGES = 256
