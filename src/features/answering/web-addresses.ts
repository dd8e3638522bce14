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
