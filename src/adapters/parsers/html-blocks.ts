import type { Block } from '../../core/documents.ts'
import { childNodes, type DomElement, type DomNode, isElement, TEXT } from './dom.ts'
import { htmlTable } from './html-table.ts'
import { BLOCK_ELEMENTS, flatText, tidy, WITHOUT_TEXT } from './html-text.ts'

/** Deeper than this the rest of a branch is read as plain text: real pages stay below 100, and recursion ends. */
const MAX_DEPTH = 400

/** The blocks under an element, in document order: headings, paragraphs, lists, data tables and preformatted text. */
export const htmlBlocks = (root: DomElement, page?: number): Block[] => {
  const blocks: Block[] = []
  const place = page === undefined ? {} : { page }
  let inline = ''

  const flush = (): void => {
    const text = tidy(inline)
    inline = ''
    if (text !== '') blocks.push({ kind: 'text', text, ...place })
  }

  const visitChildren = (element: DomElement, depth: number): void => {
    for (const child of childNodes(element)) visit(child, depth)
  }

  const visit = (node: DomNode, depth: number): void => {
    if (node.nodeType === TEXT) {
      inline += (node.textContent ?? '').replace(/\s+/g, ' ')
      return
    }
    if (!isElement(node)) return
    const name = node.localName.toLowerCase()
    if (WITHOUT_TEXT.has(name)) return
    if (depth > MAX_DEPTH) {
      inline += ` ${flatText(node)} `
      return
    }
    if (name === 'br') inline += '\n'
    else if (name === 'hr') flush()
    else if (/^h[1-6]$/.test(name)) {
      flush()
      const text = tidy(flatText(node)).replaceAll('\n', ' ')
      if (text !== '') blocks.push({ kind: 'heading', level: Number(name[1]), text, ...place })
    } else if (name === 'pre') {
      flush()
      const text = preformatted(node)
      if (text.trim() !== '') blocks.push({ kind: 'code', text, ...place })
    } else if (name === 'table') {
      flush()
      const table = htmlTable(node, page)
      if (table === undefined) visitChildren(node, depth + 1)
      else blocks.push(...table)
      flush()
    } else if ((name === 'ul' || name === 'ol') && isPlainList(node)) {
      flush()
      const text = listText(node, '')
      if (text !== '') blocks.push({ kind: 'text', text, ...place })
    } else if (BLOCK_ELEMENTS.has(name)) {
      flush()
      visitChildren(node, depth + 1)
      flush()
    } else visitChildren(node, depth + 1)
  }

  visit(root, 0)
  flush()
  return blocks
}

const preformatted = (element: DomElement): string => {
  for (const line of element.querySelectorAll('br')) line.textContent = '\n'
  return (element.textContent ?? '').replace(/^\n+|\s+$/g, '')
}

/** What a list may be to be read as lines: deeper, larger or longer ones are read as what they hold. */
const LIST_DEPTH = 20
const LIST_NODES = 5_000
const LONG_ITEM = 600
const NOT_IN_LINES: ReadonlySet<string> = new Set('table pre h1 h2 h3 h4 h5 h6 section article'.split(' '))

const isPlainList = (list: DomElement): boolean => {
  let nodes = 0
  for (const item of childNodes(list)) {
    let length = 0
    const stack: [DomNode, number][] = [[item, 0]]
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const [node, depth] = next
      nodes += 1
      if (nodes > LIST_NODES || depth > LIST_DEPTH) return false
      if (node.nodeType === TEXT) length += (node.textContent ?? '').length
      else if (isElement(node)) {
        if (NOT_IN_LINES.has(node.localName.toLowerCase())) return false
        for (const child of childNodes(node)) stack.push([child, depth + 1])
      }
      if (length > LONG_ITEM) return false
    }
  }
  return true
}

const listText = (list: DomElement, indent: string): string => {
  const lines: string[] = []
  let number = Number.parseInt(list.getAttribute('start') ?? '1', 10)
  if (!Number.isSafeInteger(number)) number = 1
  for (const item of list.children) {
    const name = item.localName.toLowerCase()
    if (name === 'ul' || name === 'ol') {
      lines.push(listText(item, `${indent}  `))
      continue
    }
    if (WITHOUT_TEXT.has(name)) continue
    const nested = directLists(item)
    const text = tidy(ownText(item, nested)).replaceAll('\n', ' ')
    const marker = list.localName.toLowerCase() === 'ol' ? `${number}.` : '-'
    number += 1
    if (text !== '') lines.push(`${indent}${marker} ${text}`)
    for (const inner of nested) lines.push(listText(inner, `${indent}  `))
  }
  return lines.filter((line) => line !== '').join('\n')
}

const directLists = (item: DomElement): DomElement[] =>
  [...item.children].flatMap((child) => (/^[uo]l$/i.test(child.localName) ? [child] : directLists(child)))

const ownText = (item: DomElement, nested: readonly DomElement[]): string => {
  if (nested.length === 0) return flatText(item)
  const parts: string[] = []
  const visit = (node: DomNode): void => {
    if (node.nodeType === TEXT) parts.push(node.textContent ?? '')
    else if (isElement(node)) {
      const name = node.localName.toLowerCase()
      if (nested.includes(node) || WITHOUT_TEXT.has(name)) return
      for (const child of childNodes(node)) visit(child)
      if (BLOCK_ELEMENTS.has(name)) parts.push(' ')
    }
  }
  visit(item)
  return parts.join('')
}
