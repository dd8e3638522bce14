import type { DocumentProperties } from '../../../core/documents.ts'
import type { DomDocument } from '../dom.ts'
import { propertiesOf } from '../properties.ts'

/** The first content of each name, in lower case. */
export const metaOf = (document: DomDocument): ReadonlyMap<string, string> => {
  const meta = new Map<string, string>()
  for (const element of document.querySelectorAll('meta')) {
    const name = element.getAttribute('property') ?? element.getAttribute('name') ?? element.getAttribute('itemprop')
    const content = element.getAttribute('content')?.trim() ?? ''
    if (name !== null && content !== '' && !meta.has(name.toLowerCase())) meta.set(name.toLowerCase(), content)
  }
  return meta
}

/** What a page says of itself, in `<meta>`, `<link>` and `<html>`. */
export const pageProperties = (document: DomDocument): DocumentProperties => {
  const meta = metaOf(document)
  const first = (...names: readonly string[]): string | undefined =>
    names.map((name) => meta.get(name)).find((value) => value !== undefined)
  const canonical = document.querySelector('link[rel="canonical"]')?.getAttribute('href')?.trim()
  return propertiesOf({
    title: first('og:title', 'dc.title', 'citation_title') ?? document.title,
    author: first('author', 'article:author', 'dc.creator', 'citation_author'),
    language: document.documentElement?.getAttribute('lang') ?? first('og:locale', 'dc.language'),
    date:
      first('article:published_time', 'datepublished', 'dc.date', 'date', 'citation_publication_date', 'pubdate') ??
      timeOf(document),
    url: [canonical, meta.get('og:url')].find((url) => url !== undefined && /^https?:\/\//i.test(url)),
  })
}

const timeOf = (document: DomDocument): string | undefined =>
  document.querySelector('time[datetime]')?.getAttribute('datetime') ?? undefined
