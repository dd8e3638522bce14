import { type DomElement } from '../dom.ts'
import { flatText } from '../html-text.ts'

/**
 * Words in class names and ids that pages use for what surrounds an article. Matched against whole words of the
 * name (`articleShareBar` is article, share, bar), because `ad` inside `header` means nothing.
 */
const SURROUNDINGS: ReadonlySet<string> = new Set(
  (
    'newsletter newsletters signup subscribe subscription share sharing social related recirc recirculation recommended ' +
    'recommendations promo promos advert advertisement advertising sponsor sponsored byline bylines breadcrumb breadcrumbs ' +
    'caption captions cookie cookies gdpr consent popup paywall rollover timestamp disqus pagination toolbar sitenav ' +
    'navbar metadata disclaimer bio jetpack addtoany'
  ).split(' '),
)

const ALWAYS = 'nav, figcaption, form, [role="navigation"], [role="complementary"], [aria-hidden="true"], [hidden]'
/** An element with more of the text than this is the article itself, whatever its class says. */
const LARGEST_SHARE = 0.25

const wordsOf = (element: DomElement): string[] =>
  `${element.getAttribute('class') ?? ''} ${element.id}`
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)

export const lengthOf = (element: DomElement): number => (element.textContent ?? '').replace(/\s+/g, ' ').length

/** Removes what surrounds the text of an article inside the element that Readability chose. */
export const prune = (article: DomElement): void => {
  const total = lengthOf(article)
  const drop = (element: DomElement): void => {
    if (!article.contains(element)) return
    if (lengthOf(element) <= total * LARGEST_SHARE) element.remove()
  }
  for (const element of Array.from(article.querySelectorAll(ALWAYS))) drop(element)
  for (const element of Array.from(article.querySelectorAll('[class], [id]'))) {
    if (wordsOf(element).some((word) => SURROUNDINGS.has(word))) drop(element)
  }
  for (const element of Array.from(article.querySelectorAll('header, figure, aside, footer'))) {
    if (element.querySelector('table, pre') === null) drop(element)
  }
}

const LEAVES = 'p, h1, h2, h3, h4, h5, h6, li, div, blockquote, center'
const BLOCK_CHILDREN = 'p, h1, h2, h3, h4, h5, h6, li, div, ul, ol, table, blockquote, section, pre, article'

/** The innermost blocks of text in document order. */
export const leavesOf = (article: DomElement): DomElement[] =>
  [...article.querySelectorAll(LEAVES)].filter((element) => element.querySelector(BLOCK_CHILDREN) === null)

export const linkShare = (element: DomElement, length: number): number => {
  let linked = 0
  for (const link of element.querySelectorAll('a')) linked += flatText(link).trim().length
  return length === 0 ? 0 : linked / length
}
