import type { ReadText, Token } from './read-text.ts'
import { softMatch } from './soft-match.ts'

/** Names and numbers this far apart, counted in names and numbers, are compared. */
const FARTHEST = 5
const NEIGHBOURS = 2
/** Words between two names that tell nothing of who does what to whom. */
const JOINING = new Set(['and', 'or', 'the', 'a', 'an', 'of', 'de'])

/** What stands fast in a sentence: its names and numbers. */
const anchorsOf = ({ tokens }: ReadText): Token[] =>
  tokens.filter((token) => token.isNumber || (token.capital && token.content))

function between(text: ReadText, first: Token, second: Token): readonly Token[] | undefined {
  return first.clause === second.clause ? text.tokens.slice(first.index + 1, second.index) : undefined
}

/**
 * Whether two names or numbers of a clause of the claim stand the other way round in a clause of the quote, with a word
 * between them that stands there in both, and “by” in both or in neither.
 */
export function orderDiffers(claim: ReadText, quote: ReadText): boolean {
  const anchors = anchorsOf(claim)
  const once = (text: ReadText, { stem }: Token): Token | undefined => {
    const found = text.stems.get(stem)
    return found?.length === 1 ? found[0] : undefined
  }
  for (const [i, first] of anchors.entries()) {
    const start = once(quote, first)
    if (start === undefined || once(claim, first) === undefined) continue
    for (const second of anchors.slice(i + 1, i + 1 + FARTHEST)) {
      const end = once(quote, second)
      if (end === undefined || end.index > start.index || second.stem === first.stem) continue
      if (once(claim, second) === undefined) continue
      const own = between(claim, first, second)
      const other = between(quote, end, start)
      if (own === undefined || other === undefined) continue
      if (own.length === 0 && other.length === 0) return true
      const shared = own.some(({ lower, stem }) => !JOINING.has(lower) && other.some((word) => word.stem === stem))
      const isPassive = (words: readonly Token[]): boolean => words.some(({ lower }) => lower === 'by')
      if (shared && isPassive(own) === isPassive(other)) return true
    }
  }
  return false
}

/** Stems of the nearest words of the same clause: two on each side. */
function clauseNeighbours({ tokens }: ReadText, { index, clause }: Token): string[] {
  const found: string[] = []
  for (const step of [-1, 1]) {
    let count = 0
    for (let at = index + step; count < NEIGHBOURS; at += step) {
      const token = tokens[at]
      if (token === undefined || token.clause !== clause) break
      if (!token.content && !token.isNumber) continue
      found.push(token.stem)
      count++
    }
  }
  return found
}

const isIn = (stem: string, stems: readonly string[]): boolean => stems.some((other) => softMatch(stem, other) > 0)

const YEAR = /^(?:1\d|20)\d\d$/
const yearsOf = ({ tokens }: ReadText): number => tokens.filter(({ text }) => YEAR.test(text)).length

/**
 * Whether a name or number of the claim stands, in the quote, beside none of the words that it stands beside here. The
 * only year of both may stand anywhere.
 */
export function bindingDiffers(claim: ReadText, quote: ReadText): boolean {
  const all = Array.from(quote.stems.keys())
  const isOnlyYear = yearsOf(claim) === 1 && yearsOf(quote) === 1
  for (const anchor of anchorsOf(claim)) {
    const places = quote.stems.get(anchor.stem)
    if (places === undefined || (isOnlyYear && YEAR.test(anchor.text))) continue
    const own = clauseNeighbours(claim, anchor).filter((stem) => isIn(stem, all))
    if (own.length < (anchor.isNumber ? 1 : 2)) continue
    const others = places.map((place) => clauseNeighbours(quote, place))
    const keepsOne = others.some((stems) => stems.length === 0 || own.some((stem) => isIn(stem, stems)))
    if (!keepsOne) return true
  }
  return false
}
