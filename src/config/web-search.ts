import type { WebSearchSettings } from './config.ts'
import type { Values } from './variables.ts'

type Settings = Pick<
  Values,
  'WEB_SEARCH_PROVIDER' | 'GOOGLE_API_KEY' | 'GOOGLE_CSE_ID' | 'BRAVE_API_KEY' | 'TAVILY_API_KEY' | 'SEARXNG_URL'
>

/** What each provider cannot do without. */
const NEEDED = {
  google: ['GOOGLE_API_KEY', 'GOOGLE_CSE_ID'],
  brave: ['BRAVE_API_KEY'],
  tavily: ['TAVILY_API_KEY'],
  searxng: ['SEARXNG_URL'],
} as const

export function webSearchProblems(values: Settings): string[] {
  const { WEB_SEARCH_PROVIDER: provider, SEARXNG_URL: address } = values
  const problems: string[] = []
  const missing = provider === undefined ? [] : NEEDED[provider].filter((name) => values[name] === undefined)
  if (missing.length > 0) problems.push(`WEB_SEARCH_PROVIDER=${provider} needs ${missing.join(' and ')}`)
  if (address !== undefined) {
    const { username, password } = new URL(address)
    if (username !== '' || password !== '') problems.push('SEARXNG_URL must not hold a user or a password')
  }
  return problems
}

/** Settings of providers that nobody has chosen: a key alone switches nothing on. */
export function webSearchWarnings(values: Settings, given: ReadonlySet<string>): string[] {
  if (values.WEB_SEARCH_PROVIDER !== undefined) return []
  const idle = Object.values(NEEDED)
    .flat()
    .filter((name) => given.has(name))
  return idle.length === 0 ? [] : [`WEB_SEARCH_PROVIDER is not set: no effect have ${idle.join(', ')}.`]
}

/** undefined: off. Only for values without problems. */
export function webSearch(values: Settings): WebSearchSettings | undefined {
  const { WEB_SEARCH_PROVIDER: provider } = values
  const { GOOGLE_API_KEY, GOOGLE_CSE_ID, BRAVE_API_KEY, TAVILY_API_KEY, SEARXNG_URL } = values
  if (provider === 'google' && GOOGLE_API_KEY !== undefined && GOOGLE_CSE_ID !== undefined) {
    return { provider, apiKey: GOOGLE_API_KEY, engineId: GOOGLE_CSE_ID }
  }
  if (provider === 'brave' && BRAVE_API_KEY !== undefined) return { provider, apiKey: BRAVE_API_KEY }
  if (provider === 'tavily' && TAVILY_API_KEY !== undefined) return { provider, apiKey: TAVILY_API_KEY }
  if (provider === 'searxng' && SEARXNG_URL !== undefined) return { provider, baseUrl: SEARXNG_URL }
  return undefined
}
