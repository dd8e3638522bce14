import { dirname, join, resolve } from 'node:path'
import type { RemoteEmbedder } from '../adapters/embedders/remote-embedder.ts'
import type { Config } from '../config/config.ts'
import type { Embedder } from '../core/ports/embedding.ts'
import type { Logger } from '../core/ports/surroundings.ts'
import { SHIPPED_MODELS } from '../core/shipped-models.ts'
import type { Database } from '../database/database.ts'
import { activeModel } from '../database/embedding-models.ts'
import { storeId } from '../database/store-id.ts'
import { holdings } from '../features/diagnostics/repository.ts'
import { mostIndexBytes, passageBytes } from '../features/ingestion/index-room.ts'
import { type EmbeddedIndex, startEmbeddedIndex } from '../index/embedded-index.ts'
import type { Opened } from './opened.ts'
import { createEmbedders, type Embedders, type StartedEmbedder } from './embedders.ts'

/** What the service stands on, each part in threads of its own. */
export interface Stores {
  readonly database: Database
  readonly embedder: Embedder
  /** The others. */
  readonly embedders: Embedders
  readonly index: EmbeddedIndex
  /** Whether the index keeps vectors: where another store has them as well, memory may leave no room for them here. */
  readonly vectors: { kept(): boolean; drop(): Promise<void> }
  /** Once the index holds its snapshot and the embedder its model. Rejects with `not_ready` where one of them cannot. */
  readonly loaded: Promise<unknown>
  /** What is to be done when another thread has taken the place of the index's. Never rejects. */
  onIndexCrash(handler: () => Promise<void>): void
}

export interface StoresDeps {
  readonly config: Config
  readonly logger: Logger
  /** Folder of the embedding models. */
  readonly modelsDir: string
  readonly opened: Opened
}

/**
 * Opens the database, and begins to load the model and the index, the slowest first. This module loads little by itself,
 * so that threads are at work while the caller's loads the rest of the product. @throws DatabaseOpenError, AppError `not_ready`
 */
export async function openStores({ config, logger, modelsDir, opened }: StoresDeps): Promise<Stores> {
  const embedders = createEmbedders({ config, modelsDir, logger, opened })
  const { model: configured, localOnly } = config.embedding
  // That it was another is rare, and costs its time once more.
  const likely = configured ?? SHIPPED_MODELS[0]
  const starting = isShipped(likely) ? embedders.startLocal(likely) : undefined
  // Its thread is started then: what opens the database keeps this one busy.
  await starting?.catch(() => undefined)
  let database: Database
  let name: string
  try {
    database = opened(await openDatabase(config, logger))
    name = configured ?? (await ofDocuments(database, localOnly)) ?? likely
  } catch (error) {
    await closeUnused(starting)
    throw error
  }
  if (name !== likely) await closeUnused(starting)
  const model = configured === undefined ? embedders.ofDocuments(name) : embedders.checked(name)
  /** Told by a remote model's first answer, which may be long after the start. */
  let grow = async (): Promise<void> => undefined
  const { embedder, loaded } =
    model.provider === 'local'
      ? await (name === likely && starting !== undefined ? starting : embedders.startLocal(model.model))
      : await startRemote(await embedders.serving(model, database, () => grow()), logger)
  opened(embedder)

  const id = await storeId(database)
  const crashHandlers: (() => Promise<void>)[] = []
  const onLost = async (): Promise<void> => void (await Promise.all(crashHandlers.map((handler) => handler())))
  let keepsVectors = config.milvus === undefined || (await hasRoom(config, database, embedder.dimension))
  if (!keepsVectors)
    logger.warn({}, 'MAX_INDEX_MEMORY leaves no room for vectors in this process: only Milvus has them')
  const contents = () => `${embedder.id} ${id}${keepsVectors ? '' : ' words'}`
  const form = () => ({ dimension: embedder.dimension || UNKNOWN_DIMENSION, contents: contents() })
  const opening = form()
  const { index, started } = startEmbeddedIndex({
    ...opening,
    folder: join(config.dataDir, 'index'),
    logger,
    onCrash: () => void onLost(),
  })
  grow = async () => {
    if (form().dimension === opening.dimension) return
    await index.reopen(form())
    await onLost()
  }
  const allLoaded = Promise.all([loaded, started])
  // A failure is told by the next await, which may come later.
  allLoaded.catch(() => undefined)
  return {
    database,
    embedder,
    embedders,
    index: opened(index),
    vectors: {
      kept: () => keepsVectors,
      async drop() {
        if (!keepsVectors) return
        keepsVectors = false
        logger.warn({}, 'MAX_INDEX_MEMORY leaves no room for vectors in this process any more: only Milvus has them')
        await index.dropVectors(contents())
      },
    },
    loaded: allLoaded,
    onIndexCrash: (handler) => void crashHandlers.push(handler),
  }
}

/** For all passages that there are, with their vectors. */
async function hasRoom({ search }: Config, { read }: Database, dimension: number): Promise<boolean> {
  const { chunks } = await holdings(read)
  return chunks * passageBytes(dimension) <= mostIndexBytes(search.maxIndexMemory)
}

const isShipped = (name: string): boolean => (SHIPPED_MODELS as readonly string[]).includes(name)

/** Of an index before the first vector: a model whose vectors' length nobody knows makes none. */
const UNKNOWN_DIMENSION = 1
/** Milliseconds that a start waits for a service whose model it knows nothing of. */
const FIRST_ANSWER_MS = 3000

/**
 * A remote model needs nothing loaded. Only where the length of its vectors is not known, which is before it has answered
 * for the first time, is it asked; where it does not answer soon the start goes on, and the index grows when it does.
 */
async function startRemote(embedder: RemoteEmbedder, logger: Logger): Promise<StartedEmbedder> {
  if (embedder.dimension === 0) {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new Error('It has not answered yet')), FIRST_ANSWER_MS)
    try {
      await embedder.measure({ signal: late.signal })
    } catch (error) {
      const what = 'The embedding model cannot be asked yet: documents are found by their words until it answers'
      logger.warn({ err: error, model: embedder.name }, what)
    } finally {
      clearTimeout(timer)
    }
  }
  return { embedder, loaded: Promise.resolve() }
}

async function ofDocuments({ read }: Database, localOnly: boolean): Promise<string | undefined> {
  const active = await activeModel(read)
  return active === undefined || (localOnly && !isShipped(active)) ? undefined : active
}

/** Whether it could be started at all is of no interest any more. */
const closeUnused = (starting: Promise<StartedEmbedder> | undefined): Promise<void> =>
  starting?.then(
    ({ embedder }) => embedder.close(),
    () => undefined,
  ) ?? Promise.resolve()

async function openDatabase(config: Config, logger: Logger): Promise<Database> {
  if (config.database.kind === 'postgres') {
    const { openPostgres } = await import('../database/postgres/open.ts')
    return openPostgres({ connectionString: config.database.url, logger })
  }
  const { openSqlite } = await import('../database/sqlite/open.ts')
  const { path } = config.database
  // Of another folder than the one that is locked, a second service may use the file.
  return openSqlite({ path, shared: resolve(dirname(path)) !== resolve(config.dataDir), logger })
}
