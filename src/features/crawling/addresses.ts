/** Addresses of pages: how they are given, compared, and kept from leading on without end. */

/** A scheme that is not the name of a host before its port. */
const OTHER_SCHEME = /^[a-z][a-z\d+.-]*:(?!\d)/i

/** An address as a person gives it: without a scheme it gets https. It may still be none. */
export function completeAddress(given: string): string {
  const text = given.trim()
  if (text.includes('://')) return text
  if (text.startsWith('//')) return `https:${text}`
  return OTHER_SCHEME.test(text) ? text : `https://${text}`
}

/** Parameters that say where a reader came from, or who they are, and nothing of the page. */
const WITHOUT_MEANING =
  /^(utm_\w+|gclid|dclid|fbclid|msclkid|yclid|mc_[ce]id|igshid|_ga|_gl|sessionid|phpsessid|jsessionid|sid)$/i

/**
 * What names a page: without a fragment, parameters of tracking and sessions, and what a default would say. Undefined
 * where the text leads to no page of the web.
 */
export function pageAddress(text: string, base?: string): string | undefined {
  const url = URL.parse(text, base)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined
  url.hash = ''
  url.hostname = url.hostname.replace(/\.$/, '')
  url.pathname = url.pathname.replace(/;jsessionid=[^/]*/i, '')
  const parameters = url.search.slice(1).split('&')
  // Not by URLSearchParams, which would write the others anew: servers tell `+` from `%20`.
  url.search = parameters.filter((each) => each !== '' && !WITHOUT_MEANING.test(each.split('=')[0] ?? '')).join('&')
  return url.href
}

/** What all pages of a site have in common: the host without `www.`, and the port where it is not the usual one. */
export function siteOf(address: string): string {
  const { hostname, port } = new URL(address)
  return `${hostname.replace(/^www\./, '')}${port === '' ? '' : `:${port}`}`
}

/** Names that say what a page of text never is. */
const NO_PAGES =
  /\.(png|jpe?g|gif|svg|webp|avif|ico|bmp|tiff?|mp[34]|m4[av]|ogg|wav|flac|webm|mov|avi|mkv|zip|t?gz|bz2|xz|7z|rar|dmg|exe|msi|deb|rpm|iso|apk|css|m?js|json|map|wasm|woff2?|ttf|otf|eot|rss|atom)$/i

export const mayBePage = (address: string): boolean => !NO_PAGES.test(new URL(address).pathname)

/** An address with every number in it alike, and the names of its parameters: what the pages of a calendar share. */
export function shapeOf(address: string): string {
  const { pathname, searchParams } = new URL(address)
  const names = [...new Set(searchParams.keys())].toSorted().join('&')
  return `${pathname.replace(/\d+/g, '#')}?${names}`
}

/** A path that goes round in a circle: relative links that are wrong make it longer with each page. */
export function repeats(address: string): boolean {
  const counts = new Map<string, number>()
  for (const part of new URL(address).pathname.split('/')) {
    if (part !== '') counts.set(part, (counts.get(part) ?? 0) + 1)
  }
  return [...counts.values()].some((count) => count > MOST_REPEATS)
}

const MOST_REPEATS = 3
