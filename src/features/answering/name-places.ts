import { holdsOtherForm } from './names.ts'
import type { ReadClaim, ReadQuote } from './read-claim.ts'
import type { ReadText, Token } from './read-text.ts'
import { softMatch } from './soft-match.ts'

/** Of the words that stand in a name's place: a longer run is no name. */
const LONGEST_NAME = 4

/** The whole name that a token belongs to: capitalised words side by side. */
function runAround({ tokens }: ReadText, { index, clause }: Token): readonly [first: number, last: number] {
  const isPart = (at: number): boolean => {
    const token = tokens[at]
    return token !== undefined && token.capital && token.content && token.clause === clause
  }
  let [first, last] = [index, index]
  while (isPart(first - 1)) first--
  while (isPart(last + 1)) last++
  return [first, last]
}

/** The words of a quote between two that stand around a name of the claim. */
function inPlaceOf({ tokens }: ReadQuote, before: Token, behind: Token): (readonly Token[])[] {
  return tokens.flatMap(({ lower, index }) => {
    if (lower !== before.lower) return []
    const place = tokens.slice(index + 1, index + 2 + LONGEST_NAME)
    const end = place.findIndex((token) => token.lower === behind.lower)
    return end > 0 ? [place.slice(0, end)] : []
  })
}

/**
 * Whether a name that stands elsewhere in the quote, or in its title, is put in another's place: between the same two words
 * the quote has a name of which the claim knows nothing, as in “while Davis led” for “while Kuechly led”.
 * @param name one of `claim`
 */
export function standsInPlaceOfAnother(claim: ReadClaim, name: Token, quote: ReadQuote): boolean {
  const [first, last] = runAround(claim, name)
  const [before, behind] = [claim.tokens[first - 1], claim.tokens[last + 1]]
  if (before === undefined || behind === undefined) return false
  const own = claim.tokens.slice(first, last + 1)
  const places = inPlaceOf(quote, before, behind)
  const isOther = (place: readonly Token[]): boolean =>
    place.some(({ capital, content }) => capital && content) &&
    place.every(({ lower, stem }) => !claim.lowers.has(lower) && !claim.stems.has(stem)) &&
    place.every(({ stem }) => own.every((word) => softMatch(word.stem, stem) === 0))
  return places.length > 0 && places.every(isOther) && own.every((word) => !holdsOtherForm(claim, word, quote))
}
