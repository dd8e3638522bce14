import { fileURLToPath } from 'node:url'
import type { Service } from './compose/service.ts'
import { openStores } from './compose/stores.ts'
import type { WebOptions } from './compose/web.ts'
import type { Config } from './config/config.ts'
import type { Clock, Logger } from './core/ports/surroundings.ts'
import type { PasswordCost } from './features/accounts/passwords.ts'

export type { Service }

export interface ComposeDeps {
  readonly logger: Logger
  /** The command line's token of this data folder. */
  readonly cliToken: string
  readonly clock?: Clock
  /** Where the keys of Google's ID tokens are; Google's own where nothing is said. */
  readonly googleKeys?: URL
  /** Of new passwords; what is safe where nothing is said. */
  readonly passwordCost?: PasswordCost
  /** Folder of the embedding models; the shipped one where nothing is said. */
  readonly modelsDir?: string
  /** How pages of the web are reached: public addresses alone where nothing is said. */
  readonly web?: WebOptions
}

/**
 * Puts the parts together: with compose/, the only place that knows them all. What has threads of its own begins first;
 * these load while this thread loads and makes the rest. @throws StartError, DatabaseOpenError, AppError `not_ready`
 */
export async function compose(
  config: Config,
  { logger, cliToken, clock = systemClock, googleKeys, passwordCost, modelsDir = MODELS, web = {} }: ComposeDeps,
): Promise<Service> {
  const closers: (() => Promise<void>)[] = []
  const opened = <T extends { close(): Promise<void> }>(part: T): T => {
    closers.push(() => part.close())
    return part
  }
  try {
    const stores = await openStores({ config, logger, modelsDir, opened })
    const { createService } = await import('./compose/service.ts')
    return await createService({
      config,
      stores,
      clock,
      logger,
      opened,
      cliToken,
      googleKeys,
      passwordCost,
      web,
      closeOpened: () => closeAll(closers, logger),
    })
  } catch (error) {
    await closeAll(closers, logger)
    throw error
  }
}

const MODELS = fileURLToPath(new URL('../models/', import.meta.url))

const systemClock: Clock = { now: () => new Date() }

/** Last opened, first closed; one that fails does not keep the others open. */
async function closeAll(closers: (() => Promise<void>)[], logger: Logger): Promise<void> {
  for (const close of closers.splice(0).reverse()) {
    await close().catch((error: unknown) => logger.error({ err: error }, 'A part did not close cleanly'))
  }
}
