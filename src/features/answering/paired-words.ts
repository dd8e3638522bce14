import { areAntonyms } from './antonyms.ts'
import { deniedStem } from './cues.ts'
import { SAME_WORD, found } from './read-claim.ts'
import type { ReadClaim, ReadQuote } from './read-claim.ts'
import type { Token } from './read-text.ts'
import type { WordMatch } from './word-matches.ts'

/** On the scale of `encoder-scale.ts`: from here on two words stand for the same. Chosen on `for-tuning.jsonl`. */
const PAIRED = 0.78

/** Opposites come as near to each other, by their vectors, as words that mean the same. */
const areOpposed = (a: Token, b: Token): boolean =>
  areAntonyms(a, b) || deniedStem(a) === b.stem || deniedStem(b) === a.stem

/**
 * The claim in the quote's words: one that the quote does not hold has the stem of the word that comes nearest to it there,
 * so that what is denied of one can be looked for in the other. A word keeps its letters, and one stays that has nothing near.
 * @param matches of the claim's content words, in order, with those of the quote
 */
export function inWordsOf(quote: ReadQuote, claim: ReadClaim, matches: readonly WordMatch[]): ReadClaim {
  const others = quote.tokens.filter(({ content }) => content)
  const paired = new Map<number, string>()
  claim.content.forEach((word, i) => {
    const { cosine, at } = matches[i] ?? { cosine: 0, at: -1 }
    const other = others[at]
    if (other === undefined || cosine < PAIRED || areOpposed(word, other)) return
    if (found(word, quote, claim.names.has(word)) < SAME_WORD) paired.set(word.index, other.stem)
  })
  const tokens = claim.tokens.map((token) => ({ ...token, stem: paired.get(token.index) ?? token.stem }))
  const names = new Set(tokens.filter((_, i) => claim.tokens[i] !== undefined && claim.names.has(claim.tokens[i])))
  const stems = Map.groupBy(tokens, ({ stem }) => stem)
  return { ...claim, tokens, stems, names, content: tokens.filter(({ content }) => content) }
}
