import { childNodes, type DomElement, type DomNode, isElement, TEXT } from './dom.ts'

/** Elements whose content a reader does not see as text. */
export const WITHOUT_TEXT: ReadonlySet<string> = new Set(
  'script style noscript template svg head title iframe object embed canvas video audio select textarea input button map progress meter annotation'.split(
    ' ',
  ),
)
export const BLOCK_ELEMENTS: ReadonlySet<string> = new Set(
  'address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form header hgroup html legend li main menu nav ol optgroup p section summary table tbody td tfoot th thead tr ul'.split(
    ' ',
  ),
)
/** White space as a browser shows it: runs are one space, `\n` (from `<br>`) stays, soft hyphens go. */
export const tidy = (text: string): string =>
  text
    .replaceAll('\u00ad', '')
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()

/** All text under a node without recursion; a space stands where a block or a cell ends, so that words stay apart. */
export const flatText = (root: DomElement): string => {
  const parts: string[] = []
  const stack: (DomNode | ' ')[] = [root]
  while (stack.length > 0) {
    const node = stack.pop()
    if (node === undefined || node === ' ') {
      parts.push(' ')
      continue
    }
    if (node.nodeType === TEXT) parts.push((node.textContent ?? '').replace(/\s+/g, ' '))
    else if (isElement(node)) {
      const name = node.localName.toLowerCase()
      if (WITHOUT_TEXT.has(name)) continue
      if (name === 'br') parts.push(' ')
      if (BLOCK_ELEMENTS.has(name)) stack.push(' ')
      stack.push(...[...childNodes(node)].toReversed())
    }
  }
  return parts.join('')
}
