import { brave } from './brave/adapter.ts'
import { google } from './google/adapter.ts'
import { searxng } from './searxng/adapter.ts'
import { tavily } from './tavily/adapter.ts'

/** Every search engine, by the name that the configuration uses. */
export const webSearches = { brave, google, searxng, tavily } as const
