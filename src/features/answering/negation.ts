import { areAntonyms } from './antonyms.ts'
import { cuesOf, deniedStem, isDenied, weakCuesOf } from './cues.ts'
import type { Cue } from './cues.ts'
import type { ReadText, Token } from './read-text.ts'
import { softMatch } from './soft-match.ts'

/** How far apart words of one scope may stand in a sentence that does not deny them. */
const TOGETHER = 6

const isSame = (a: Token, b: Token): boolean => softMatch(a.stem, b.stem) > 0
const shares = (a: readonly Token[], b: readonly Token[]): boolean =>
  a.some((one) => b.some((other) => isSame(one, other)))
const holds = ({ stems, tokens }: ReadText, wanted: Token): boolean =>
  stems.has(wanted.stem) || tokens.some((token) => isSame(token, wanted))

/** Whether a text denies a word of the scope by another word: “impossible” or “lost” for “not possible”, “not win”. */
const saysInOneWord = ({ scope }: Cue, text: ReadText): boolean =>
  scope.some(
    (denied) =>
      !text.stems.has(denied.stem) &&
      text.tokens.some((token) => deniedStem(token) === denied.stem || areAntonyms(token, denied)),
  )

const isDeniedStem = (text: ReadText, wanted: string): boolean =>
  (text.stems.get(wanted) ?? []).some((token) => isDenied(text, token)) ||
  cuesOf(text).some(({ scope }) => scope.some(({ stem }) => stem === wanted))

/** Whether one text denies a word by a prefix that the other says without it. */
function prefixesDiffer(claim: ReadText, quote: ReadText): boolean {
  for (const token of claim.tokens) {
    const denied = deniedStem(token)
    if (denied === undefined || quote.stems.has(token.stem) || quote.lowers.has(token.lower)) continue
    if (quote.stems.has(denied) && !isDeniedStem(quote, denied)) return true
  }
  for (const token of quote.tokens) {
    const denied = deniedStem(token)
    if (denied === undefined || claim.stems.has(token.stem) || quote.stems.has(denied)) continue
    if (claim.stems.has(denied) && !isDeniedStem(claim, denied)) return true
  }
  return false
}

/** Whether a sentence says what a scope holds: two words of it that stand together, or its only one. */
function affirms({ tokens }: ReadText, scope: readonly Token[]): boolean {
  const places = scope
    .map((denied) => tokens.filter((token) => isSame(token, denied)).map(({ index }) => index))
    .filter((found) => found.length > 0)
  if (places.length < Math.min(2, scope.length)) return false
  const [first = [], second] = places
  return second === undefined || first.some((a) => second.some((b) => Math.abs(a - b) <= TOGETHER))
}

/** “No city is larger than it”, “nobody before him”. */
const OF_ALL = /^(?:no|none|nobody|nothing)$/
const COMPARED = /^(?:than|before|else)$/
const UNEQUALLED = /^(?:first|only|most|record|unprecedented|unique|[a-z]{3,}est)$/

/** Whether a cue compares with all others, for which the other text has a superlative: “the largest”, “the first”. */
const isSuperlative = (cue: Cue, own: ReadText, text: ReadText): boolean =>
  OF_ALL.test(own.tokens[cue.at]?.lower ?? '') &&
  own.tokens.slice(cue.at + 1).some(({ lower }) => COMPARED.test(lower)) &&
  text.tokens.some(({ lower }) => UNEQUALLED.test(lower))

/** “Not opened until 1932”: it was, as the other text may say without such a word. */
const holdsLater = (cue: Cue, own: ReadText, text: ReadText): boolean =>
  !text.lowers.has('until') &&
  own.tokens.slice(cue.at + 1, cue.at + 1 + TOGETHER).some(({ lower }) => lower === 'until')

/** Whether the other text has a word such as “outside”, which this one has not, for the same: “without regulation”. */
const isExcused = (cue: Cue, own: ReadText, text: ReadText): boolean =>
  saysInOneWord(cue, text) ||
  isSuperlative(cue, own, text) ||
  holdsLater(cue, own, text) ||
  weakCuesOf(text).some(({ at, scope }) => !own.lowers.has(text.tokens[at]?.lower ?? '') && shares(scope, cue.scope))

/** Verbs such as “fail” are the same cue whatever stands around them. */
const DENYING_VERB = /^(?:lack|fail|refus|den[iy])/
const isSameVerb = (a: Token | undefined, b: Token | undefined): boolean =>
  a !== undefined && b !== undefined && a.stem === b.stem && DENYING_VERB.test(a.lower)

/** Tokens behind a cue within which a word is surely what it denies. */
const DIRECTLY = 3

/** Whether the quote denies a word each time, which the claim says without a denial. */
function deniesOnly(cue: Cue, claim: ReadText, quote: ReadText): boolean {
  const [first] = cue.scope
  if (first === undefined || first.isNumber) return false
  if (first.index < cue.at || first.index > cue.at + DIRECTLY) return false
  const said = claim.stems.get(first.stem) ?? []
  const denied = quote.stems.get(first.stem) ?? []
  return (
    said.length > 0 && said.every((token) => !isDenied(claim, token)) && denied.every((token) => isDenied(quote, token))
  )
}

/** What a cue denies is there: the first word of it, or two. */
const speaksOf = (text: ReadText, { scope }: Cue): boolean =>
  (scope[0] !== undefined && holds(text, scope[0])) || scope.filter((word) => holds(text, word)).length > 1

/** Words of negation that find none in the other text, nor anything that says the same without one. */
interface Unpaired {
  readonly own: readonly Cue[]
  readonly other: readonly Cue[]
}

/** Pairs words of negation by what they deny: by the first word of it, else by any. */
function unpairedCues(claim: ReadText, quote: ReadText): Unpaired {
  const other = cuesOf(quote)
  const paired = new Set<Cue>()
  const own = cuesOf(claim).filter((cue) => {
    const [first] = cue.scope
    const free = other.filter((candidate) => !paired.has(candidate))
    const pair =
      free.find(({ at }) => isSameVerb(claim.tokens[cue.at], quote.tokens[at])) ??
      free.find(
        ({ scope: [candidate] }) => first !== undefined && candidate !== undefined && isSame(first, candidate),
      ) ??
      free.find(({ scope }) => cue.scope.length === 0 || scope.length === 0 || shares(cue.scope, scope))
    if (pair !== undefined) paired.add(pair)
    return pair === undefined && !isExcused(cue, claim, quote)
  })
  return { own, other: other.filter((cue) => !paired.has(cue) && !isExcused(cue, quote, claim)) }
}

/**
 * Whether one text denies what the other says. A word of negation of the claim that finds none in the quote differs where
 * the quote speaks of the same, and is a doubt where it does not; one of the quote differs where the claim says the same
 * without it. “Not possible” and “impossible”, “without” and “outside of” are the same.
 */
export function comparedNegation(claim: ReadText, quote: ReadText): 'same' | 'doubtful' | 'differs' {
  const { own, other } = unpairedCues(claim, quote)
  if (own.some((cue) => speaksOf(quote, cue))) return 'differs'
  let doubtful = own.length > 0
  for (const cue of other) {
    if (cue.scope.length === 0) continue
    if (deniesOnly(cue, claim, quote)) return 'differs'
    if (cuesOf(claim).length >= cuesOf(quote).length || !affirms(claim, cue.scope)) continue
    const [first] = cue.scope
    // “Non-interference” denies that very word.
    if (quote.tokens[cue.at]?.lower === 'non') continue
    if (first !== undefined && holds(claim, first)) return 'differs'
    doubtful = true
  }
  return prefixesDiffer(claim, quote) ? 'differs' : doubtful ? 'doubtful' : 'same'
}

/** Whether something of the cue's clause stands in the other text, too. */
const isOfSameMatter = ({ at }: Cue, own: ReadText, text: ReadText): boolean =>
  own.tokens.some((token) => token.clause === own.tokens[at]?.clause && token.content && holds(text, token))

/**
 * Whether one of two texts denies more than the other of what both speak of, in whatever words: it speaks against a
 * likeness of their vectors.
 */
export function deniesMore(claim: ReadText, quote: ReadText): boolean {
  const { own, other } = unpairedCues(claim, quote)
  if (own.length > 0 || cuesOf(claim).length >= cuesOf(quote).length) return own.length > 0
  return other.some((cue) => isOfSameMatter(cue, quote, claim))
}
