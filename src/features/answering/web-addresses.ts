import { isSnapshotId } from '../../core/ids.ts'
import type { Evidence } from '../../core/ports/language-models.ts'
import { instructionsIn } from './found-instructions.ts'
import { addressesIn, type KnownAddress } from './safe-text.ts'

/** Of a page, as people write it: without a scheme it gets https. undefined: the text is no address of a web page. */
export function pageUrl(address: string): URL | undefined {
  const text = address.trim()
  if (text.startsWith('@')) return undefined
  const url = URL.parse(text.includes('://') ? text : `https://${text}`)
  const isPage = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
  return isPage ? url : undefined
}

/**
 * What names a page, whatever the spelling: the host in its usual form, without scheme, fragment and the slash at the end.
 * undefined: the text is no address of a web page.
 */
export function pageKey(address: string): string | undefined {
  const url = pageUrl(address)
  return url && `${url.host.replace(/\.$/, '')}${url.pathname.replace(/\/$/, '')}${url.search}`
}

/**
 * An address as people write it. Spaces end it, quotes and what stands in no address but between sentences (of Chinese and Japanese),
 * and another address behind a comma or a bar.
 */
const WRITTEN =
  /(?<![a-z])(?:https?:\/\/|www\.(?=[\p{L}\p{N}]))(?:(?![,;|]+https?:\/\/)[^\s<>"`\\^“”„‟«»‹›「」『』【】《》。，、；：？！（）])+/giu
/** Of the sentence around it, where an address ends with it. */
const TAIL = /[.,;:!?'*_~|…–—\p{Pi}\p{Pf}]+$/u
const OPENS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }

/** Up to the first bracket that closes what was opened before the address. */
function withinBrackets(run: string): string {
  const open: string[] = []
  for (const { 0: mark, index } of run.matchAll(/[()[\]{}]/g)) {
    const opening = OPENS[mark]
    if (opening === undefined) open.push(mark)
    else if (open.pop() !== opening) return run.slice(0, index)
  }
  return run
}

/** Where pages are named in what a person wrote. */
function pagesIn(text: string): { readonly address: string; readonly start: number; readonly end: number }[] {
  return Array.from(text.matchAll(WRITTEN), ({ 0: run, index: start }) => {
    const address = withinBrackets(run).replace(TAIL, '')
    return { address, start, end: start + address.length }
  })
}

/** The addresses of web pages in what a person wrote, each once, in their order. */
export function pagesNamed(text: string): string[] {
  const named = new Map<string, string>()
  for (const { address } of pagesIn(text)) {
    const key = pageKey(address)
    if (key !== undefined && !named.has(key)) named.set(key, address)
  }
  return [...named.values()]
}

/** What is left to search for where a question names pages; the question where nothing is left. */
export function withoutAddresses(question: string): string {
  const pages = pagesIn(question)
  if (pages.length === 0) return question
  const rest = pages
    .reduceRight((text, { start, end }) => text.slice(0, start) + text.slice(end), question)
    .replace(/[(<[{"“”„«»‹›「'‘’（]\s*[)>\]}"“”«»‹›」'’）]/g, '')
    .replace(/\s+(?=[,.;:!?])/g, '')
    .replace(/[^\S\n]+/g, ' ')
    .trim()
  return /\p{L}/u.test(rest) ? rest : question
}

/**
 * What an answer may do with an address. It may lead to the pages that are evidence, in whatever spelling, and to what such a
 * page names of its own host; of a page that nobody here chose no more, as it may have been written to lead elsewhere. What a
 * document's text holds is shown: which of its sentences somebody wrote to have a link put out, nobody can tell for sure.
 * Who only quotes cannot be told to put anything out, and leads wherever a document does.
 * @param evidence what a model was shown so far; it only grows
 */
export function knownAddresses(
  evidence: () => readonly Evidence[],
  { writes }: { readonly writes: boolean },
): KnownAddress {
  const pages = new Set<string>()
  const ofPages = new Set<string>()
  const ofDocuments = new Set<string>()
  let read = 0
  return (address) => {
    const shown = evidence()
    for (const passage of shown.slice(read)) {
      const { documentId, parts } = passage
      const own = parts.flatMap(({ url }) => (url === undefined ? [] : (pageKey(url) ?? [])))
      for (const key of own) pages.add(key)
      const hosts = own.map(hostOf)
      for (const found of addressesIn(ownText(passage))) {
        if (hosts.includes(hostOf(pageKey(found.replace(/^@/, '')) ?? ''))) ofPages.add(found)
        else if (!isSnapshotId(documentId)) ofDocuments.add(found)
      }
    }
    read = shown.length
    if (ofPages.has(address) || pages.has(pageKey(address) ?? '')) return 'source'
    return ofDocuments.has(address) ? (writes ? 'text' : 'source') : undefined
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
