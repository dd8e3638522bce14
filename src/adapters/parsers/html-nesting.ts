/** Real pages nest some 30 levels; the tree builder and the article finder take quadratic time in the depth. */
const MAX_DEPTH = 200

/** These end where the next one begins, so that pages leave them open without nesting. */
const CLOSED_BY_NEXT: ReadonlySet<string> = new Set(
  'p li dt dd tr td th option optgroup tbody thead tfoot rp rt body html head'.split(' '),
)
const VOID: ReadonlySet<string> = new Set(
  'area base br col embed hr img input link meta param source track wbr'.split(' '),
)
const RAW: ReadonlySet<string> = new Set([
  'script',
  'style',
  'textarea',
  'title',
  'noscript',
  'template',
  'xmp',
  'iframe',
])

/**
 * The page with tags below 200 levels replaced by line breaks, in one pass and linear time. Almost always the page
 * itself comes back.
 */
export const withoutDeepNesting = (html: string): string => {
  const parts: string[] = []
  const tag = /<(\/?)([a-zA-Z][\w:-]*)|<!--/g
  const open: string[] = []
  let kept = 0
  for (let match = tag.exec(html); match !== null; match = tag.exec(html)) {
    if (match[0] === '<!--') {
      const end = html.indexOf('-->', tag.lastIndex)
      if (end === -1) break
      tag.lastIndex = end + 3
      continue
    }
    const end = html.indexOf('>', tag.lastIndex)
    if (end === -1) break
    const name = (match[2] ?? '').toLowerCase()
    const selfClosing = html.charAt(end - 1) === '/'
    tag.lastIndex = end + 1
    if (VOID.has(name) || CLOSED_BY_NEXT.has(name) || selfClosing) continue
    if (match[1] === '/') {
      const tooDeep = open.length > MAX_DEPTH
      if (open.at(-1) === name) open.pop()
      else if (!tooDeep) closeNearest(open, name)
      if (!tooDeep) continue
    } else {
      if (RAW.has(name)) {
        const close = indexOfClosingTag(html, name, end)
        if (close === -1) break
        tag.lastIndex = close
        continue
      }
      open.push(name)
      if (open.length <= MAX_DEPTH) continue
    }
    parts.push(html.slice(kept, match.index), '<br>')
    kept = end + 1
  }
  return kept === 0 ? html : parts.join('') + html.slice(kept)
}

/** A stray closing tag is looked for a few levels up only, which keeps the whole pass linear. */
const closeNearest = (open: string[], name: string): void => {
  const at = open.lastIndexOf(name)
  if (at >= 0) open.length = at
}

const indexOfClosingTag = (html: string, name: string, from: number): number => {
  const closing = new RegExp(`</${name}\\b`, 'gi')
  closing.lastIndex = from
  return closing.exec(html)?.index ?? -1
}
