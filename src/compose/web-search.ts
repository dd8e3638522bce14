import type { Config } from '../config/config.ts'
import type { WebSearch } from '../core/ports/web.ts'
import type { PartsDeps } from './parts.ts'
import { openServiceDoor } from './service-door.ts'

/** Who searches the web, through a door to that service alone; undefined: nobody is configured. */
export async function openWebSearch({
  config,
  logger,
  opened,
}: Pick<PartsDeps, 'logger' | 'opened'> & { readonly config: Pick<Config, 'webSearch'> }): Promise<
  WebSearch | undefined
> {
  const { webSearch } = config
  if (webSearch === undefined) return undefined
  const { webSearches } = await import('../adapters/web-search/registry.ts')
  const deps = { door: (baseUrl: string) => openServiceDoor(baseUrl, opened), logger }
  switch (webSearch.provider) {
    case 'google':
      return webSearches.google.create(webSearch, deps)
    case 'searxng':
      return webSearches.searxng.create(webSearch, deps)
    default:
      return webSearches[webSearch.provider].create(webSearch, deps)
  }
}
