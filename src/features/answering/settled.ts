import type { CallOptions } from '../../core/ports/surroundings.ts'
import { meaningScore, verdictByMeaning } from './meaning.ts'
import type { MeaningFeatures } from './meaning.ts'
import { inWordsOf } from './paired-words.ts'
import type { Token } from './read-text.ts'
import type { ComparedText, Similarity } from './similarity.ts'
import type { Place, ReadEvidence, Resolved } from './support-place.ts'
import { readClaim, readQuote } from './read-claim.ts'
import { HOPELESS, objectionTo } from './support.ts'
import type { Support, WordWeight } from './support.ts'
import { wordFeatures } from './word-features.ts'
import { wordAt } from './token-features.ts'
import { readableTitle } from './words.ts'

/** A place with what words and vectors tell of it. */
interface Compared {
  readonly place: Place
  readonly features: MeaningFeatures
  readonly objection: Support | undefined
}

/** Content words by their place among all that white space parts, behind the title. */
const placesOf = (before: string, text: string, words: readonly Token[]): ComparedText => ({
  text: before + text,
  words: words.map(({ offset }) => wordAt(before + text, before.length + offset)),
})

/** The places that may carry a claim of which too few words are found, by vectors; undefined: none are to be had. */
export async function comparedByMeaning(
  text: string,
  passage: ReadEvidence,
  resolved: Resolved,
  similarity: Similarity,
  weight: WordWeight,
  options: CallOptions,
): Promise<Compared[] | undefined> {
  const { evidence } = passage
  const before = `${readableTitle(evidence.title)} `
  const claim = readClaim(text)
  const quoted = [resolved, ...(resolved.wider ?? [])].map((place) => {
    const quote = evidence.text.slice(place.start - evidence.start, place.end - evidence.start)
    return { place, quote: readQuote(quote, passage.context()) }
  })
  const alike = await similarity(
    placesOf(before, text, claim.content),
    quoted.map(({ quote }) =>
      placesOf(
        before,
        quote.text,
        quote.tokens.filter(({ content }) => content),
      ),
    ),
    options,
  )
  return alike?.flatMap(({ cosine, words: matches }, i): Compared[] => {
    const { place, quote } = quoted[i] ?? {}
    if (place === undefined || quote === undefined) return []
    const words = matches === undefined ? undefined : wordFeatures(claim, quote, matches, weight)
    const inItsWords = matches === undefined ? claim : inWordsOf(quote, claim, matches)
    const objection = objectionTo(claim, inItsWords, quote, place.coverage)
    return [{ place, features: { coverage: place.coverage, cosine, words }, objection }]
  })
}

/** Whether vectors can tell more: too few words are there, or one of negation that speaks of nothing in the other text. */
const isOpen = ({ verdict, doubt, coverage }: Place): boolean =>
  (doubt === 'coverage' && coverage >= HOPELESS) || (doubt === 'negation' && verdict === 'doubtful')

/**
 * The place with the doubt decided that words alone leave: too few of them are there to be sure. Vectors come as near
 * where the opposite is said, so that what denies or opposes it is looked for again, in words that they pair; more
 * sentences around do not mend it. Without vectors the doubt stays.
 */
export async function settled(
  text: string,
  passage: ReadEvidence,
  resolved: Resolved,
  similarity: Similarity | undefined,
  weight: WordWeight,
  options: CallOptions,
): Promise<Place> {
  if (similarity === undefined || !isOpen(resolved)) return resolved
  const compared = await comparedByMeaning(text, passage, resolved, similarity, weight, options)
  const opposed = compared?.find(({ objection }) => objection?.verdict === 'unsupported')
  if (opposed?.objection !== undefined) return { ...opposed.place, ...opposed.objection }
  const best = compared?.reduce((top, one) => (meaningScore(one.features) > meaningScore(top.features) ? one : top))
  if (best === undefined) return resolved
  const verdict = verdictByMeaning(best.features)
  if (verdict === 'supported') return { ...best.place, verdict, doubt: null, ...best.objection }
  return { ...best.place, verdict, doubt: 'coverage' }
}
