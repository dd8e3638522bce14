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

/** What may stand between names that are said of one thing: “by Lennon and McCartney”. */
const COORDINATES = /^(?:and|or|with|the|de|of|von|van)$/
/** A name this near, in tokens of its clause, is said of the same thing where no other word of content parts them. */
const NEAR = 4

/** Whether a name of the claim stands near a place, too, or is coordinated with what stands there. */
function standsBeside({ tokens }: ReadQuote, name: readonly Token[], place: readonly Token[]): boolean {
  const own = new Set(name.map(({ stem }) => stem))
  const reaches = (from: Token | undefined, step: 1 | -1): boolean => {
    if (from === undefined) return false
    let isCoordinated = true
    for (let at = from.index + step, count = 1; ; at += step, count++) {
      const token = tokens[at]
      if (token === undefined) return false
      isCoordinated &&= COORDINATES.test(token.lower) || (token.capital && token.content)
      if (!isCoordinated && (count > NEAR || token.clause !== from.clause)) return false
      if (own.has(token.stem)) return true
      if (token.isNumber || (token.content && !token.capital)) return false
    }
  }
  return reaches(place.at(-1), 1) || reaches(place[0], -1)
}

/** The words of a quote between two that stand around a name of the claim. */
function placesBetween({ tokens }: ReadQuote, before: Token, behind: Token): (readonly Token[])[] {
  return tokens.flatMap(({ lower, index }) => {
    if (lower !== before.lower) return []
    const place = tokens.slice(index + 1, index + 2 + LONGEST_NAME)
    const end = place.findIndex((token) => token.lower === behind.lower)
    return end > 0 ? [place.slice(0, end)] : []
  })
}

/**
 * Whether a name that stands elsewhere in the quote, or in its title, is put in another's place: between the same two words
 * the quote has a name of which the claim knows nothing, as in “while Davis led” for “while Kuechly led”. `perhaps`: that
 * name may only be left out, as in “by McCartney and recorded” for “by Lennon and McCartney and recorded”.
 * @param name one of `claim`
 */
export function inPlaceOfAnother(claim: ReadClaim, name: Token, quote: ReadQuote): 'yes' | 'perhaps' | 'no' {
  const [first, last] = runAround(claim, name)
  const [before, behind] = [claim.tokens[first - 1], claim.tokens[last + 1]]
  if (before === undefined || behind === undefined) return 'no'
  const own = claim.tokens.slice(first, last + 1)
  const places = placesBetween(quote, before, behind)
  const isOther = (place: readonly Token[]): boolean =>
    place.some(({ capital, content }) => capital && content) &&
    place.every(({ lower, stem }) => !claim.lowers.has(lower) && !claim.stems.has(stem)) &&
    place.every(({ stem }) => own.every((word) => softMatch(word.stem, stem) === 0))
  if (places.length === 0 || !places.every(isOther)) return 'no'
  if (own.some((word) => holdsOtherForm(claim, word, quote))) return 'no'
  return places.some((place) => standsBeside(quote, own, place)) ? 'perhaps' : 'yes'
}
