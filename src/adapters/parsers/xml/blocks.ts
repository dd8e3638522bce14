import type { Block } from '../../../core/documents.ts'
import { tidy } from '../html-text.ts'
import { elementsOf, type XmlElement } from '../xml.ts'

/**
 * Elements that hold text give it as `name: text`, those of one parent together in a block; prose with inline
 * elements between is one block without a name. Attributes are read only where an element has nothing else.
 */
export function* xmlBlocks(root: XmlElement): Generator<Block> {
  let lines: string[] = []
  for (const child of elementsOf(root)) {
    if (isLeaf(child)) {
      const text = tidy(deepText(child)) || attributesOf(child)
      if (text !== '') lines.push(`${localName(child.name)}: ${text}`)
      continue
    }
    if (lines.length > 0) yield { kind: 'text', text: lines.join('\n') }
    lines = []
    if (isMixed(child)) {
      const text = tidy(deepText(child))
      if (text !== '') yield { kind: 'text', text }
    } else yield* xmlBlocks(child)
  }
  if (lines.length > 0) yield { kind: 'text', text: lines.join('\n') }
}

const isLeaf = (element: XmlElement): boolean => elementsOf(element).length === 0
const isMixed = (element: XmlElement): boolean =>
  element.children.some((child) => typeof child === 'string' && child.trim() !== '')
const localName = (name: string): string => name.replace(/^.*:/, '')

const deepText = (element: XmlElement): string =>
  element.children.map((child) => (typeof child === 'string' ? child.replace(/\s+/g, ' ') : deepText(child))).join('')

const attributesOf = (element: XmlElement): string =>
  Object.entries(element.attributes)
    .filter(([name]) => !name.startsWith('xmlns'))
    .map(([name, value]) => `${localName(name)}=${value}`)
    .join(' ')
