import { AppError } from '../core/errors.ts'
import type { App } from './typed-app.ts'

/** Routes of the contract that a later version brings. */
const DEFERRED = [['GET', '/metrics']] as const

/** They say that they are not there yet, so that a client can tell that from a mistake in its path. */
export function deferredRoutes(app: App): void {
  for (const [method, url] of DEFERRED) {
    app.route({
      method,
      url,
      config: { access: 'user' },
      schema: { hide: true },
      handler: async () => {
        throw new AppError('not_available', `${url} is not available in this version.`)
      },
    })
  }
}
