import { isSnapshotId } from '../../core/ids.ts'
import type { Evidence } from '../../core/ports.ts'
import { addressesIn } from './safe-text.ts'

/**
 * What names a page, whatever the spelling: the host in its usual form, without scheme, fragment and the slash at the end.
 * undefined: the text is no address of a web page.
 */
export function pageKey(address: string): string | undefined {
  const text = address.trim()
  const url = URL.parse(text.includes('://') ? text : `https://${text}`)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined
  return `${url.host.replace(/\.$/, '')}${url.pathname.replace(/\/$/, '')}${url.search}`
}

/** The addresses of web pages in what a person wrote, each once, in their order. */
export function pagesNamed(text: string): string[] {
  const named = new Map<string, string>()
  for (const address of addressesIn(text)) {
    const key = pageKey(address)
    if (key !== undefined && !named.has(key)) named.set(key, address)
  }
  return [...named.values()]
}

/** What is left to search for where a question names pages; the question where nothing is left. */
export function withoutAddresses(question: string): string {
  const addresses = addressesIn(question)
  if (addresses.length === 0) return question
  const rest = addresses
    .reduce((text, address) => text.replace(address, ''), question)
    .replace(/[(<"“„«']\s*[)>"”“»']/g, '')
    .replace(/\s+(?=[,.;:!?])/g, '')
    .replace(/[^\S\n]+/g, ' ')
    .trim()
  return /\p{L}/u.test(rest) ? rest : question
}

/**
 * Whether an address may stand in an answer: that of a page that is evidence, in whatever spelling, and what the evidence's
 * text holds, as it stands there. Of a page that nobody here chose only addresses of its own host: it may have been written to lead elsewhere.
 * @param evidence what a model was shown so far; it only grows
 */
export function knownAddresses(evidence: () => readonly Evidence[]): (address: string) => boolean {
  const pages = new Set<string>()
  const quoted = new Set<string>()
  let read = 0
  return (address) => {
    const shown = evidence()
    for (const { documentId, text, parts } of shown.slice(read)) {
      const own = parts.flatMap(({ url }) => (url === undefined ? [] : (pageKey(url) ?? [])))
      for (const key of own) pages.add(key)
      const hosts = isSnapshotId(documentId) ? own.map(hostOf) : undefined
      for (const found of addressesIn(text)) {
        if (hosts === undefined || hosts.includes(hostOf(pageKey(found) ?? ''))) quoted.add(found)
      }
    }
    read = shown.length
    return quoted.has(address) || pages.has(pageKey(address) ?? '')
  }
}

const hostOf = (key: string): string => /^[^/?]*/.exec(key)?.[0] ?? ''
