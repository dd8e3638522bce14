import { isSnapshotId } from '../../core/ids.ts'
import type { Evidence } from '../../core/ports.ts'
import { instructionsIn } from './found-instructions.ts'
import { addressesIn } from './safe-text.ts'

/**
 * What names a page, whatever the spelling: the host in its usual form, without scheme, fragment and the slash at the end.
 * undefined: the text is no address of a web page.
 */
export function pageKey(address: string): string | undefined {
  const text = address.trim()
  if (text.startsWith('@')) return undefined
  const url = URL.parse(text.includes('://') ? text : `https://${text}`)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined
  return `${url.host.replace(/\.$/, '')}${url.pathname.replace(/\/$/, '')}${url.search}`
}

/** Those of mail are none of pages. */
const pagesIn = (text: string): string[] => addressesIn(text).filter((address) => !address.startsWith('@'))

/** The addresses of web pages in what a person wrote, each once, in their order. */
export function pagesNamed(text: string): string[] {
  const named = new Map<string, string>()
  for (const address of pagesIn(text)) {
    const key = pageKey(address)
    if (key !== undefined && !named.has(key)) named.set(key, address)
  }
  return [...named.values()]
}

/** What is left to search for where a question names pages; the question where nothing is left. */
export function withoutAddresses(question: string): string {
  const addresses = pagesIn(question)
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
    for (const passage of shown.slice(read)) {
      const { documentId, parts } = passage
      const own = parts.flatMap(({ url }) => (url === undefined ? [] : (pageKey(url) ?? [])))
      for (const key of own) pages.add(key)
      const hosts = isSnapshotId(documentId) ? own.map(hostOf) : undefined
      for (const found of addressesIn(ownText(passage))) {
        const host = hostOf(pageKey(found.replace(/^@/, '')) ?? '')
        if (hosts === undefined || hosts.includes(host)) quoted.add(found)
      }
    }
    read = shown.length
    return quoted.has(address) || pages.has(pageKey(address) ?? '')
  }
}

/** Without what is found to be an instruction: an address in it is one that somebody wants in the answer. */
function ownText(evidence: Evidence): string {
  let own = ''
  let from = 0
  for (const { start, end } of instructionsIn(evidence)) {
    own += `${evidence.text.slice(from, start)} `
    from = end
  }
  return own + evidence.text.slice(from)
}

const hostOf = (key: string): string => /^[^/?]*/.exec(key)?.[0] ?? ''
