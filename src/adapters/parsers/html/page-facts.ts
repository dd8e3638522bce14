import type { PageFacts, PageLink } from '../../../core/documents.ts'
import type { DomDocument } from '../dom.ts'
import { isoDate } from '../properties.ts'
import { metaOf } from './properties.ts'

const MOST_LINKS = 2_000
/** No server of a page that somebody reads needs longer ones. */
const LONGEST_ADDRESS = 2_000

/** What the page says to who follows its links. Before its text is looked for, which takes the tree apart. */
export const pageFacts = (document: DomDocument): PageFacts => {
  const meta = metaOf(document)
  const robots = directives(meta.get('robots'), meta.get('evidentbot'))
  const address = (selector: string): string | undefined => {
    const href = document.querySelector(selector)?.getAttribute('href')?.trim() ?? ''
    return href === '' || href.length > LONGEST_ADDRESS ? undefined : href
  }
  const base = address('base[href]')
  const canonical = address('link[rel~="canonical"]')
  const modified = isoDate(
    ['article:modified_time', 'og:updated_time', 'datemodified', 'last-modified']
      .map((name) => meta.get(name))
      .find((date) => date !== undefined),
  )
  return {
    links: linksOf(document),
    ...(base === undefined ? {} : { base }),
    ...(canonical === undefined ? {} : { canonical }),
    noindex: robots.has('noindex') || robots.has('none'),
    nofollow: robots.has('nofollow') || robots.has('none'),
    asksPassword: document.querySelector('input[type="password" i]') !== null,
    ...(modified === undefined ? {} : { modified }),
  }
}

const directives = (...contents: readonly (string | undefined)[]): ReadonlySet<string> =>
  new Set(contents.flatMap((content) => (content ?? '').toLowerCase().split(/[\s,]+/)))

const linksOf = (document: DomDocument): PageLink[] => {
  const links = new Map<string, PageLink>()
  for (const element of document.querySelectorAll('a[href], area[href]')) {
    if (links.size >= MOST_LINKS) break
    const href = element.getAttribute('href')?.trim() ?? ''
    if (href === '' || href.startsWith('#') || href.length > LONGEST_ADDRESS) continue
    const nofollow = /(^|\s)nofollow(\s|$)/i.test(element.getAttribute('rel') ?? '')
    // One that may be followed is enough.
    if (!links.has(href) || !nofollow) links.set(href, { href, nofollow })
  }
  return [...links.values()]
}
