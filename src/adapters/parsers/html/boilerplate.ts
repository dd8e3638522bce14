import type { DomElement } from '../dom.ts'
import { flatText, tidy } from '../html-text.ts'
import { leavesOf, linkShare } from './prune.ts'

/** One innermost block of an article, with what the rules look at. */
interface Leaf {
  readonly element: DomElement
  readonly text: string
  readonly name: string
  readonly linked: number
}

/** A paragraph this long is the text of the article: no rule touches it but those for the end. */
const PROSE = 220

/** Lines that point elsewhere, wherever they stand. */
const POINTERS =
  /^\W{0,3}(related( (post|posts|article|articles|story|stories|news|links?|topics?|content|coverage))?|read (more|also|next|on)|see (also|more)|also (see|read|on|watch)|more( (on|from|stories|great|news|coverage)\b.*)?|don['’]t miss|you (may|might) also (like|enjoy).*|recommended.*|trending.*|latest news|breaking news( emails)?|top stories|editor['’]s (pick|picks)|must reads?|most (read|popular).*|popular (this|now|on).*|recent (posts|articles|news)|watch( now| also)?|lire aussi|leia (mais|também)|lea también|lesen sie (auch|mehr)|siehe auch|leggi anche|читайте также|baca juga)\s*([:|\]…-]|\.{3}|$)/i

/** Whole lines that are parts of a page's machinery. */
const MACHINERY =
  /^(advert|advertisement|ad|iklan|publicidade|publicité|anzeige|skip to (main )?content|comments?|post comments?.*|leave a (comment|reply).*|view comments|share( this)?( (article|story|post|on .{3,20}))?|tweet|email|e-mail|print|close|caption|subscribe( now)?|sign (in|up)|log in|newsletter|continue reading( below)?|story continues( below)?|(story|article) continues below( this)? ad.*|loading\.*|this slideshow requires javascript\.?|tell us what you think.*|click (here|to) .{0,80}|get the .{0,40} app( here)?|download .{0,30} app.*|image \d+ (of )?[/\s]*\d+.*|photos?: .{0,60}|image: .{0,60}|image credits?:? .{0,60}|(photo|picture|image) (by|credit|courtesy).{0,60}|enlarge( this image)?|view (gallery|slideshow).*|play video|toggle .{0,40}|listen to this article.*|https?:\/\/\S+|filed under.*|tags?: .*|tagged( with)?:? .*|posted in .*|category: .*)$/i

/** Requests to the reader to follow, pay or write, in any paragraph near the end or start. */
const REQUESTS =
  /\b(subscribe to|sign up (for|to|here)|newsletters?\b.{0,40}\b(inbox|daily|sign|free)|in your inbox|(follow|like) (us|me|him|her|them|\w+( \w+)?) on (twitter|facebook|instagram)|follow @|on (twitter|facebook|instagram):? @|join (our|the) .{0,40}(newsletter|forum|community|group|channel)|click here (to|for)|download (the|our) app|get the .{0,30} app|share it with|like this story|have a (tip|story)\b|got a (tip|story)\b|news tip, correction|(all )?rights reserved|copyright ?(©|\(c\)|ⓒ|\d{4})|©\s*(copyright|\d{4})|affiliate (links?|and\/or)|affiliate commission|privacy policy|terms of (use|service)|we use cookies|uses cookies|can be reached at|may be reached at|contact (him|her|the (author|reporter)) at|want more stories|contributed (reporting|to this (report|story|article)))/i

/** What stands under an article about who made it. */
const CREDITS =
  /^\W{0,2}((additional )?reporting by\b|\(?reporting by|writing by|edited by|editing by|source ?:|sources ?:|with (reporting|additional reporting)|the associated press contributed|this (article|story) (was|originally|first|has been) (originally |first )?(published|appeared|updated)|first published|originally published|last (updated|modified)|updated (at|on)|published (on|at)|via ?:|photo credits?|image credits?|images? courtesy|about the author|written by)/i

const DATE =
  /(\b(19|20)\d{2}\b.{0,25}\b\d{1,2}:\d{2}\b|\b\d{1,2}:\d{2}\s*([ap]\.?m\b|[A-Z]{2,4}\b)|^\W*\d{1,2}[ ./-](\d{1,2}|\p{L}{3,9})[ ./-]((19|20)\d{2}|\d{2})\b|^\W*\p{L}{3,9}\.? \d{1,2}(st|nd|rd|th)?,? (19|20)\d{2}\b|\b\d+ (minutes?|hours?|days?|weeks?|months?) ago\b)/iu
const BYLINE =
  /^(by|von|par|por|di|posted( on| by)?|updated|published|written by|author|reported by|story by|от|автор)\b.{0,100}$/i
const READING_TIME = /^(\d+[ -]?min(ute)?s? read|reading time|tempo de leitura|lesezeit|letture|\d+ views?)\b/i

/**
 * Removes lines of boilerplate from a pruned article: pointers to other pages and page machinery anywhere, dates and
 * bylines before the first paragraph of prose, requests, credits and lists of links after the last one.
 */
export const dropBoilerplate = (article: DomElement): void => {
  const leaves = leavesOf(article)
    .map((element): Leaf => {
      const text = tidy(flatText(element)).replaceAll('\n', ' ')
      return { element, text, name: element.localName.toLowerCase(), linked: linkShare(element, text.length) }
    })
    .filter((leaf) => leaf.text !== '')
  const first = leaves.findIndex(isProse)
  const last = leaves.findLastIndex(isProse)
  if (first === -1) return
  leaves.forEach((leaf, index) => {
    const remove =
      isPointer(leaf) ||
      MACHINERY.test(leaf.text) ||
      (index < first && isLeadLine(leaf)) ||
      (index > last && isTailLine(leaf))
    if (remove) leaf.element.remove()
    else if ((index <= first || index >= leaves.length - 4) && leaf.text.length < 3 * PROSE && REQUESTS.test(leaf.text))
      leaf.element.remove()
  })
  dropLinkLists(article)
}

const isProse = (leaf: Leaf): boolean =>
  leaf.text.length > 90 && leaf.linked < 0.5 && !/^h\d$/.test(leaf.name) && !REQUESTS.test(leaf.text)

const isPointer = (leaf: Leaf): boolean => {
  if (leaf.text.length > PROSE || !POINTERS.test(leaf.text)) return false
  return leaf.linked > 0.3 || leaf.text.length < 40
}

const isLeadLine = (leaf: Leaf): boolean => {
  if (leaf.text.length > 120) return false
  return (
    DATE.test(leaf.text) ||
    BYLINE.test(leaf.text) ||
    READING_TIME.test(leaf.text) ||
    (leaf.linked > 0.8 && !/^h\d$/.test(leaf.name))
  )
}

const isTailLine = (leaf: Leaf): boolean => {
  if (leaf.text.length > 3 * PROSE) return false
  return CREDITS.test(leaf.text) || DATE.test(leaf.text) || leaf.linked > 0.7 || BYLINE.test(leaf.text)
}

/** Lists of links alone, each item the headline of another page. */
const dropLinkLists = (article: DomElement): void => {
  for (const list of Array.from(article.querySelectorAll('ul, ol'))) {
    const items = [...list.children].filter((item) => (item.textContent ?? '').trim() !== '')
    const text = tidy(flatText(list))
    if (items.length > 0 && text.length / items.length > 25 && linkShare(list, text.length) > 0.85) list.remove()
  }
}
