import { placeId, sessionSecret } from '../config/data-dir.ts'
import { openInstances } from '../database/instances.ts'
import type { PasswordCost } from '../features/accounts/passwords.ts'
import type { App } from '../http/app.ts'
import { createAnswers } from './answers.ts'
import { createDocumentParts } from './documents.ts'
import type { PartsDeps } from './parts.ts'
import { createPeople } from './people.ts'
import { createSearch } from './search.ts'
import { createServer } from './server.ts'
import { openSharedState } from './shared-state.ts'
import { openWebSearch } from './web-search.ts'
import type { WebOptions } from './web.ts'

/** The whole service, not yet listening. */
export interface Service {
  readonly app: App
  /**
   * Resolves when a search sees every committed document, the model is loaded and jobs are being worked on. Rejects with
   * `not_ready` where the model or the index cannot be loaded.
   */
  ready(): Promise<void>
  /** With which the first administrator signs up; undefined where there is one, or where that needs no token. */
  setupToken(): Promise<string | undefined>
  /** Lets running requests finish, gives back the leases of jobs and closes the database. */
  close(): Promise<void>
}

export interface ServiceDeps extends Omit<PartsDeps, 'instances'> {
  readonly cliToken: string
  readonly googleKeys: URL | undefined
  readonly passwordCost: PasswordCost | undefined
  readonly web: WebOptions
  /** Closes all that was opened. */
  closeOpened(): Promise<void>
}

/** Puts the parts together over what they stand on. */
export async function createService({ closeOpened, ...given }: ServiceDeps): Promise<Service> {
  const { config, stores, clock, logger } = given
  const secret = config.auth.mode === 'open' ? undefined : (config.auth.secret ?? sessionSecret(config.dataDir))
  const place = placeId(config.dataDir)
  const instances = given.opened(await openInstances({ database: stores.database, clock, logger, place, secret }))
  const deps = { ...given, instances }
  const { index } = stores
  const shared = await openSharedState(deps)
  const search = await createSearch({ ...deps, shared })
  const documentParts = createDocumentParts({ ...deps, search })
  const webSearch = await openWebSearch(deps)
  const answers = await createAnswers({ ...deps, shared, search, documentParts, webSearch })
  const accounts = await createPeople({ ...deps, search, documentParts, answers })
  let isReady = false
  const { app, snapshots } = await createServer({
    ...deps,
    shared,
    search,
    documentParts,
    answers,
    accounts,
    ready: () => isReady && search.follower.ready(),
  })

  const { follower } = search
  const { room, runner, ingestion, reEmbedding } = documentParts
  let working: Promise<void> | undefined
  const begin = async (): Promise<void> => {
    // The replica too: what health says must be so from the first moment on.
    await Promise.all([stores.loaded, follower.start(), search.replica?.start()])
    isReady = true
    const { bytes } = await index.memory()
    if (bytes > room.most)
      logger.warn({ bytes, most: room.most }, 'The index takes more than MAX_INDEX_MEMORY: no document is added to it')
    await accounts.start()
    await runner.start()
    await ingestion.embedMissing()
    await reEmbedding.start()
    await snapshots.take()
  }
  return {
    app,
    ready() {
      working ??= begin()
      return working
    },
    setupToken: accounts.setupToken,
    async close() {
      await app.close()
      await working?.catch(() => undefined)
      await runner.stop()
      await closeOpened()
    },
  }
}
