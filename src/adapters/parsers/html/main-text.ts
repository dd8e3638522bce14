import { Readability } from '@mozilla/readability'
import type { Block } from '../../../core/documents.ts'
import { childNodes, type DomDocument, type DomElement, type DomNode, isElement, TEXT } from '../dom.ts'
import { htmlBlocks } from '../html-blocks.ts'
import { dropBoilerplate } from './boilerplate.ts'
import { lengthOf, prune } from './prune.ts'

export interface MainText {
  readonly blocks: readonly Block[]
  /** Whether parts of the page were left out as not belonging to its article. */
  readonly pruned: boolean
}

/** The article finder looks at all pairs of a node and its ancestors several times: larger pages are read whole. */
const MAX_ELEMENTS = 60_000
/** Fewer characters than this are no article, but a caption or a teaser that was mistaken for one. */
const SHORTEST_ARTICLE = 250
/** An article with less than this share of the page's text (links not counted) missed most of it. */
const SMALLEST_SHARE = 0.2
/** Above this share of linked text a page without navigation elements is still a page of links around something. */
const PLAIN_LINK_SHARE = 0.25

/**
 * The text that a page is about. A page with navigation, asides or scripts around is reduced to its article by
 * Mozilla's Readability and our own rules before and after it; a plain page (an exported document, a list, a
 * table, documentation without navigation) gives all of its text, and so does one where no article is found.
 * The document is taken apart on the way; `open` parses it once more where that is needed.
 */
export const mainText = (document: DomDocument, open: () => DomDocument): MainText => {
  const shape = measure(document)
  if (shape.plain || shape.elements > MAX_ELEMENTS) return { blocks: wholePage(document), pruned: false }
  const article = findArticle(document)
  if (article !== undefined) {
    const blocks = articleBlocks(article)
    const length = textLength(blocks)
    if (length >= SHORTEST_ARTICLE && length >= shape.ownText * SMALLEST_SHARE) return { blocks, pruned: true }
  }
  return { blocks: wholePage(open()), pruned: false }
}

/** Its own types need the DOM library; these say the same in ours. */
type Reader = new (
  document: DomDocument,
  options: { readonly serializer: (node: DomElement) => DomElement; readonly keepClasses: boolean },
) => { parse(): { readonly content?: DomElement | null } | null }

const findArticle = (document: DomDocument): DomElement | undefined => {
  const reader = new (Readability as unknown as Reader)(document, { serializer: (node) => node, keepClasses: true })
  return reader.parse()?.content ?? undefined
}

const articleBlocks = (article: DomElement): Block[] => {
  prune(article)
  dropBoilerplate(article)
  return htmlBlocks(article)
}

const wholePage = (document: DomDocument): Block[] => {
  const body = document.body ?? document.documentElement
  if (body === null) return []
  const everything = htmlBlocks(body)
  const total = textLength(everything)
  const navigation = [...body.querySelectorAll('nav, [role="navigation"]')].filter(
    (element) => lengthOf(element) < total / 2,
  )
  if (navigation.length === 0) return everything
  for (const element of navigation) element.remove()
  const rest = htmlBlocks(body)
  return rest.length === 0 ? everything : rest
}

const textLength = (blocks: readonly Block[]): number =>
  blocks.reduce(
    (sum, block) => sum + (block.kind === 'table' ? block.rows.flat().join(' ').length : block.text.length),
    0,
  )

interface Shape {
  readonly elements: number
  /** Characters outside links and navigation. */
  readonly ownText: number
  readonly plain: boolean
}

const SURROUNDINGS: ReadonlySet<string> = new Set(['nav', 'aside', 'article', 'iframe', 'form', 'main'])
const SILENT: ReadonlySet<string> = new Set([
  'script',
  'style',
  'noscript',
  'template',
  'head',
  'svg',
  'select',
  'textarea',
])
const APART: ReadonlySet<string> = new Set(['nav', 'aside', 'footer', 'form'])

const measure = (document: DomDocument): Shape => {
  let elements = 0
  let ownText = 0
  let linked = 0
  let surrounded = false
  let scripts = 0
  const stack: { node: DomNode; inLink: boolean; apart: boolean }[] = []
  const push = (parent: DomNode, inLink: boolean, apart: boolean): void => {
    for (const node of childNodes(parent)) stack.push({ node, inLink, apart })
  }
  if (document.body !== null) push(document.body, false, false)
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node, inLink, apart } = next
    if (node.nodeType === TEXT) {
      const length = (node.textContent ?? '').trim().length
      if (inLink) linked += length
      else if (!apart) ownText += length
    } else if (isElement(node)) {
      elements += 1
      const name = node.localName.toLowerCase()
      if (SURROUNDINGS.has(name)) surrounded = true
      if (name === 'script') scripts += 1
      if (!SILENT.has(name)) push(node, inLink || name === 'a', apart || APART.has(name))
    }
  }
  const plain = !surrounded && scripts <= 1 && linked <= (linked + ownText) * PLAIN_LINK_SHARE
  return { elements, ownText, plain }
}
