import type { Block } from '../../../core/documents.ts'
import type { DocumentParser } from '../../../core/ports.ts'
import { DEFAULT_LIMITS, type ParseOptions } from '../options.ts'
import { requireText } from '../text.ts'
import { tidy } from '../html-text.ts'
import { elementsOf, parseXml, type XmlElement } from '../xml.ts'

export const xml: DocumentParser = {
  id: 'xml',
  mediaTypes: ['application/xml', 'text/xml'],
  extensions: ['.xml', '.xsl', '.xslt', '.xsd', '.rss', '.atom', '.svg', '.dita', '.docbook'],
  async *parse(bytes, _filename, options?: ParseOptions) {
    const source = await requireText(bytes)
    if (/<!ENTITY/i.test(source.slice(0, 65_536))) {
      yield { kind: 'warning', message: 'The file declares its own entities; they were not expanded.' }
    }
    yield* xmlBlocks(parseXml(source, options?.limits ?? DEFAULT_LIMITS))
  },
}

/**
 * Elements that hold text give it as `name: text`, those of one parent together in a block; prose with inline
 * elements between is one block without a name. Attributes are read only where an element has nothing else.
 */
function* xmlBlocks(root: XmlElement): Generator<Block> {
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
