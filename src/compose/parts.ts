import type { Config } from '../config/config.ts'
import type { Clock, Logger } from '../core/ports/surroundings.ts'
import type { Instances } from '../database/instances.ts'
import type { Opened } from './opened.ts'
import type { Stores } from './stores.ts'

/** What every part of the composition is made with. */
export interface PartsDeps {
  readonly config: Config
  readonly stores: Stores
  /** Who shares the database. */
  readonly instances: Instances
  readonly clock: Clock
  readonly logger: Logger
  readonly opened: Opened
}
