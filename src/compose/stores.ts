import { dirname, join, resolve } from 'node:path'
import { embedders } from '../adapters/embedders/registry.ts'
import type { Config } from '../config/config.ts'
import type { Embedder, Logger } from '../core/ports.ts'
import { SHIPPED_MODELS } from '../core/shipped-models.ts'
import type { Database } from '../database/database.ts'
import { activeModel } from '../database/embedding-models.ts'
import { storeId } from '../database/store-id.ts'
import { type EmbeddedIndex, startEmbeddedIndex } from '../index/embedded-index.ts'

/** What the service stands on, each part in threads of its own. */
export interface Stores {
  readonly database: Database
  readonly embedder: Embedder
  readonly index: EmbeddedIndex
  /** Once the index holds its snapshot and the embedder its model. Rejects with `not_ready` where one of them cannot. */
  readonly loaded: Promise<unknown>
  /** What is to be done when another thread has taken the place of the index's. */
  onIndexCrash(handler: () => void): void
}

/** Keeps a part that has to be closed with the service. */
export type Opened = <T extends { close(): Promise<void> }>(part: T) => T

export interface StoresDeps {
  readonly config: Config
  readonly logger: Logger
  /** Folder of the embedding models. */
  readonly modelsDir: string
  readonly opened: Opened
}

type StartedEmbedder = Awaited<ReturnType<typeof embedders.local.start>>

/**
 * Opens the database, and begins to load the model and the index, the slowest first. This module loads little by itself,
 * so that threads are at work while the caller's loads the rest of the product. @throws DatabaseOpenError, AppError `not_ready`
 */
export async function openStores({ config, logger, modelsDir, opened }: StoresDeps): Promise<Stores> {
  const start = (name: string): Promise<StartedEmbedder> =>
    embedders.local.start(embedderConfig(config, modelsDir, name), { logger })
  // That it was another is rare, and costs its time once more.
  const likely = config.embedding.model ?? SHIPPED_MODELS[0]
  const starting = start(likely)
  // Its thread is started then: what opens the database keeps this one busy.
  await starting.catch(() => undefined)
  let database: Database
  let model: string
  try {
    database = opened(await openDatabase(config, logger))
    model = config.embedding.model ?? (await activeModel(database.read)) ?? likely
  } catch (error) {
    await closeUnused(starting)
    throw error
  }
  if (model !== likely) await closeUnused(starting)
  const { embedder, loaded } = model === likely ? await starting : await start(model)
  opened(embedder)

  const crashHandlers: (() => void)[] = []
  const { index, started } = startEmbeddedIndex({
    dimension: embedder.dimension,
    folder: join(config.dataDir, 'index'),
    contents: `${embedder.id} ${await storeId(database)}`,
    logger,
    onCrash: () => crashHandlers.forEach((handler) => handler()),
  })
  const allLoaded = Promise.all([loaded, started])
  // A failure is told by the next await, which may come later.
  allLoaded.catch(() => undefined)
  return {
    database,
    embedder,
    index: opened(index),
    loaded: allLoaded,
    onIndexCrash: (handler) => void crashHandlers.push(handler),
  }
}

export const embedderConfig = ({ embedding }: Config, modelsDir: string, name: string) => ({
  name,
  modelsDir,
  threads: embedding.threads,
  cacheSize: embedding.cacheSize,
})

/** Whether it could be started at all is of no interest any more. */
const closeUnused = (starting: Promise<StartedEmbedder>): Promise<void> =>
  starting.then(
    ({ embedder }) => embedder.close(),
    () => undefined,
  )

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
