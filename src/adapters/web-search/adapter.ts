import type { ServiceFetch } from '../../core/ports/network.ts'
import type { Logger } from '../../core/ports/surroundings.ts'

export interface WebSearchDeps {
  /** The way to the service at a base URL. */
  readonly door: (baseUrl: string) => Promise<ServiceFetch>
  readonly logger: Logger
}

/** Milliseconds that a provider has to answer. */
export const TIMEOUT = 10_000
