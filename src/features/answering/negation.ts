import { areAntonyms } from './antonyms.ts'
import { cuesOf, deniedStem, weakCuesOf } from './cues.ts'
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

/** Whether the other text has a word such as “outside”, which this one has not, for the same: “without regulation”. */
const isExcused = (cue: Cue, own: ReadText, text: ReadText): boolean =>
  saysInOneWord(cue, text) ||
  weakCuesOf(text).some(({ at, scope }) => !own.lowers.has(text.tokens[at]?.lower ?? '') && shares(scope, cue.scope))

/**
 * Whether one text denies what the other says. Words of negation are paired by what they deny: by the first word of it,
 * else by any. One of the claim that finds none in the quote differs where the quote speaks of the same, and is a doubt
 * where it does not; one of the quote differs where the claim says the same without it. “Not possible” and “impossible”,
 * “without” and “outside of” are the same.
 */
export function comparedNegation(claim: ReadText, quote: ReadText): 'same' | 'doubtful' | 'differs' {
  const [own, other] = [cuesOf(claim), cuesOf(quote)]
  const paired = new Set<Cue>()
  let doubtful = false
  for (const cue of own) {
    const [first] = cue.scope
    const free = other.filter((candidate) => !paired.has(candidate))
    const pair =
      free.find(
        ({ scope: [candidate] }) => first !== undefined && candidate !== undefined && isSame(first, candidate),
      ) ?? free.find(({ scope }) => cue.scope.length === 0 || scope.length === 0 || shares(cue.scope, scope))
    if (pair !== undefined) paired.add(pair)
    else if (!isExcused(cue, claim, quote)) {
      if (cue.scope.some((word) => holds(quote, word))) return 'differs'
      doubtful = true
    }
  }
  for (const cue of other) {
    if (paired.has(cue) || cue.scope.length === 0 || own.length >= other.length) continue
    if (affirms(claim, cue.scope) && !isExcused(cue, quote, claim)) return 'differs'
  }
  return prefixesDiffer(claim, quote) ? 'differs' : doubtful ? 'doubtful' : 'same'
}
