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

const LONG_ITEM = 600

/** Lists that hold tables, headings, code or long texts are read as what they hold, not as lines. */
const isPlainList = (list: DomElement): boolean => {
  if (list.querySelector('table, pre, h1, h2, h3, h4, h5, h6, section, article') !== null) return false
  for (const item of list.children) if ((item.textContent ?? '').length > LONG_ITEM) return false
  return depthWithin(list, 60)
}

const depthWithin = (list: DomElement, limit: number): boolean => {
  let level: DomElement[] = [list]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return false
    level = level.flatMap((element) => [...element.children])
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
  [...item.querySelectorAll('ul, ol')].filter((inner) => inner.parentNode?.closest('ul, ol') === item.parentNode)

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
