import { siteOf } from './addresses.ts'
import type { CrawlUrl } from './crawl-repository.ts'
import { leadsToLogin, wordsOf, type PageRead } from './read-page.ts'
import { areNearDuplicates, parseSketch, sketchOf, type Sketch } from './sketch.ts'

/** What a crawl makes of a page that was read. */
export type Verdict =
  | { readonly state: 'stored'; readonly sketch: Sketch }
  | { readonly state: 'failed' | 'skipped'; readonly reason: string }

/** Characters: below it a page with a field for a password is a form. */
const FORM_ONLY = 500

/**
 * Whether a page belongs to the result. @param missingPage sketch of what the site shows for a page that is not there
 * (Bar-Yossef and others, "Sic transit gloria telae", 2004: ask for one that cannot be there)
 */
export function judge(read: PageRead, stored: Iterable<CrawlUrl>, missingPage: Sketch | undefined): Verdict {
  const words = wordsOf(read.parsed)
  if (leadsToLogin(read) || (read.asksPassword && words.length < FORM_ONLY)) {
    return { state: 'failed', reason: 'The page asks for a log-in.' }
  }
  const sketch = sketchOf(words)
  if (missingPage !== undefined && areNearDuplicates(sketch, missingPage)) {
    return { state: 'failed', reason: 'The page says that it is not there, though its server answered 200.' }
  }
  if (read.noindex) return { state: 'skipped', reason: 'The page asks not to be indexed.' }
  for (const other of stored) {
    if (other.sketch !== null && other.url !== read.page.url && areNearDuplicates(sketch, parseSketch(other.sketch))) {
      return { state: 'skipped', reason: `It says the same as ${other.url}` }
    }
  }
  return { state: 'stored', sketch }
}

/**
 * The address that the page says it has, where that is another one of its site (RFC 6596). Many sites name their first page
 * on every page by mistake: that is not believed.
 */
export function canonicalElsewhere({ page, canonical }: PageRead): string | undefined {
  if (canonical === undefined || canonical === page.url || siteOf(canonical) !== siteOf(page.url)) return undefined
  const { pathname, search } = new URL(canonical)
  return pathname === '/' && search === '' ? undefined : canonical
}
