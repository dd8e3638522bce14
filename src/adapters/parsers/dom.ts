import { parseHTML } from 'linkedom'

/** The part of the DOM that parsers use (the type checker runs without the DOM library). */
export interface DomNode {
  readonly nodeType: number
  readonly nodeName: string
  readonly firstChild: DomNode | null
  readonly nextSibling: DomNode | null
  readonly parentNode: DomElement | null
  textContent: string | null
  remove(): void
}

export interface DomElement extends DomNode {
  readonly localName: string
  readonly id: string
  readonly className: string
  readonly children: Iterable<DomElement>
  getAttribute(name: string): string | null
  hasAttribute(name: string): boolean
  querySelector(selector: string): DomElement | null
  querySelectorAll(selector: string): Iterable<DomElement>
  closest(selector: string): DomElement | null
  contains(other: DomNode): boolean
  append(...nodes: DomNode[]): void
  prepend(...nodes: DomNode[]): void
  after(...nodes: DomNode[]): void
}

export interface DomDocument {
  readonly documentElement: DomElement | null
  readonly body: DomElement | null
  readonly head: DomElement | null
  readonly title: string
  querySelector(selector: string): DomElement | null
  querySelectorAll(selector: string): Iterable<DomElement>
}

export const ELEMENT = 1
export const TEXT = 3

export const isElement = (node: DomNode): node is DomElement => node.nodeType === ELEMENT

/** Scripts don't run and nothing is fetched: linkedom only builds the tree. A fragment gets a document around it. */
export const parseDom = (html: string): DomDocument => {
  const whole = /<html[\s>]/i.test(html)
    ? html
    : `<!doctype html><html>${/<body[\s>]/i.test(html) ? html : `<body>${html}</body>`}</html>`
  const { document } = parseHTML(whole) as unknown as { document: DomDocument }
  putInBody(document)
  return document
}

export const parseFragment = (html: string): DomElement | null => parseDom(html).body

/** What a page holds outside its body (after it, before the head) is moved in, as browsers do; linkedom leaves it. */
const putInBody = (document: DomDocument): void => {
  const root = document.documentElement
  if (root === null) return
  const head = root.querySelector('head')
  const written = root.querySelector('body')
  if (head !== null && head.parentNode === root) root.prepend(head)
  if (written !== null && document.head !== null) document.head.after(written)
  const { body } = document
  if (body === null) return
  const stray = [...childNodes(root)].filter((node) => node !== body && node !== document.head)
  const before =
    written === null ? [] : stray.filter((node) => isElement(node) && /^(header|nav)$/i.test(node.localName))
  body.prepend(...before)
  body.append(...stray.filter((node) => !before.includes(node)))
}

export function* childNodes(parent: DomNode): Generator<DomNode> {
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) yield node
}
