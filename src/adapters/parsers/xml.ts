import { XMLParser } from 'fast-xml-parser'
import { AppError } from '../../core/errors.ts'
import { DEFAULT_LIMITS, type ParseLimits } from './options.ts'

/** A parsed element; `name` and attribute names carry their prefix as written (`w:p`). Text is a child without a name. */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlNode[]
}
export type XmlNode = XmlElement | string

type Ordered = Readonly<Record<string, unknown>>

/**
 * Parses XML in document order. Entities that a DTD declares are never expanded nor fetched: the document type
 * declaration is cut out first, and such a reference stays as it is written.
 * @throws AppError `document_corrupt` when it is not XML, `document_too_complex` when nested deeper than allowed.
 */
export const parseXml = (source: string, limits: ParseLimits = DEFAULT_LIMITS): XmlElement => {
  const text = withoutDoctype(source)
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    processEntities: {
      enabled: true,
      maxTotalExpansions: Number.MAX_SAFE_INTEGER,
      maxExpandedLength: Number.MAX_SAFE_INTEGER,
    },
    htmlEntities: true,
    ignoreDeclaration: true,
    ignorePiTags: true,
    maxNestedTags: limits.nesting,
  })
  try {
    const nodes: unknown = parser.parse(text)
    return { name: '', attributes: {}, children: Array.isArray(nodes) ? convert(nodes) : [] }
  } catch (error) {
    if (error instanceof Error && /nested/i.test(error.message)) {
      throw new AppError(
        'document_too_complex',
        `The document is nested deeper than ${limits.nesting} levels. Save it as plain text or PDF.`,
        {
          cause: error,
        },
      )
    }
    throw new AppError('document_corrupt', 'The document holds XML that cannot be read. Export or download it again.', {
      cause: error,
    })
  }
}

const convert = (nodes: readonly unknown[]): XmlNode[] => {
  const result: XmlNode[] = []
  for (const node of nodes as readonly Ordered[]) {
    for (const [name, value] of Object.entries(node)) {
      if (name === ':@') continue
      if (name === '#text') result.push(String(value))
      else if (Array.isArray(value)) {
        result.push({ name, attributes: (node[':@'] ?? {}) as Record<string, string>, children: convert(value) })
      }
    }
  }
  return result
}

/** Removes `<!DOCTYPE … [ … ]>` in one pass; quotes and the internal subset are skipped over, nothing is matched twice. */
const withoutDoctype = (source: string): string => {
  const start = source.slice(0, 4_096).search(/<!DOCTYPE/i)
  if (start === -1) return source
  let inSubset = false
  let quote = ''
  for (let at = start + 9; at < source.length; at += 1) {
    const char = source.charAt(at)
    if (quote !== '') {
      if (char === quote) quote = ''
    } else if (char === '"' || char === "'") quote = char
    else if (char === '[') inSubset = true
    else if (char === ']') inSubset = false
    else if (char === '>' && !inSubset) return source.slice(0, start) + source.slice(at + 1)
  }
  return source.slice(0, start)
}

export const elementsOf = (parent: XmlElement): readonly XmlElement[] =>
  parent.children.filter((child): child is XmlElement => typeof child !== 'string')

export const childNamed = (parent: XmlElement | undefined, name: string): XmlElement | undefined =>
  parent === undefined ? undefined : elementsOf(parent).find((child) => child.name === name)

/** All descendants with one of the names, in document order, not looking inside a match. */
export const descendants = (parent: XmlElement, ...names: readonly string[]): XmlElement[] => {
  const found: XmlElement[] = []
  const visit = (element: XmlElement): void => {
    for (const child of elementsOf(element)) {
      if (names.includes(child.name)) found.push(child)
      else visit(child)
    }
  }
  visit(parent)
  return found
}

export const textOf = (element: XmlElement | undefined): string => {
  if (element === undefined) return ''
  let text = ''
  for (const child of element.children) text += typeof child === 'string' ? child : textOf(child)
  return text
}
