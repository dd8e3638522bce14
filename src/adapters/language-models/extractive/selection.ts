import type { Evidence, EvidenceSentence } from '../../../core/ports/language-models.ts'

/** A sentence to be shown, with the passage that it stands in. */
export interface Quote {
  readonly evidence: Evidence
  readonly sentence: EvidenceSentence
  /** Index among the passage's sentences. */
  readonly position: number
}

interface ScoredQuote extends Quote {
  readonly score: number
  readonly probability: number
}

const MOST_SENTENCES = 3
/**
 * A further sentence is shown where the answer stands in it with this probability: for answers of a given mean length this
 * finds it more often than adding until the sum is enough, which goes on where no sentence is any good.
 */
const WORTH_SHOWING = 0.08
/** What a sentence gains for the part of the question that no chosen one speaks of yet. */
const NEW_COVERAGE = 4

const OPENS_WITH_PRONOUN = /^["'“‘(]*(?:he|she|it|they|this|these|those|his|her|its|their|such)\b/i

function scoredQuotes(evidence: readonly Evidence[]): ScoredQuote[] {
  const quotes = evidence.flatMap((passage) =>
    passage.sentences.flatMap((sentence, position): ScoredQuote[] => {
      const { score, probability } = sentence
      return score === null || probability === null
        ? []
        : [{ evidence: passage, sentence, position, score, probability }]
    }),
  )
  return quotes.toSorted((a, b) => b.score - a.score)
}

/** All sentences that were scored, as their texts have them. */
export const scoredInOrder = (evidence: readonly Evidence[]): readonly Quote[] =>
  scoredQuotes(evidence).toSorted(
    (a, b) => a.evidence.number - b.evidence.number || a.sentence.start - b.sentence.start,
  )

function howMany(ranked: readonly ScoredQuote[]): number {
  const most = ranked.slice(0, MOST_SENTENCES)
  return Math.max(1, most.filter(({ probability }) => probability >= WORTH_SHOWING).length)
}

/** Share of the question that the sentence covers beyond what is covered already. */
function newlyCovered({ sentence }: Quote, covered: readonly number[]): number {
  return sentence.covers.reduce((sum, share, term) => sum + Math.max(0, share - (covered[term] ?? 0)), 0)
}

/** One to three sentences, the best first; each further one weighs its score with what it adds to the question. */
function choose(ranked: readonly ScoredQuote[]): ScoredQuote[] {
  const [best, ...rest] = ranked
  if (best === undefined) return []
  const chosen = [best]
  const covered = [...best.sentence.covers]
  const count = howMany(ranked)
  while (chosen.length < count) {
    const next = rest
      .filter((quote) => !chosen.includes(quote))
      .map((quote) => ({ quote, worth: quote.score + NEW_COVERAGE * newlyCovered(quote, covered) }))
      .reduce((a, b) => (b.worth > a.worth ? b : a))
    chosen.push(next.quote)
    next.quote.sentence.covers.forEach((share, term) => (covered[term] = Math.max(share, covered[term] ?? 0)))
  }
  return chosen
}

const keyOf = ({ evidence, position }: Quote): string => `${evidence.number}.${position}`

/** More of the question than this, in the sentence before alone: the question names what the quote speaks of. */
const NAMED = 0.05

/**
 * The sentence before, where the quote opens with a word that points to it, and the question does not tell what that is: of
 * an "it" that the sentence before calls by the question's own words whoever asked knows what it is.
 */
function antecedent({ evidence, sentence, position }: Quote): Quote | undefined {
  const before = evidence.sentences[position - 1]
  if (before === undefined || !OPENS_WITH_PRONOUN.test(sentence.text)) return undefined
  const quote = { evidence, sentence: before, position: position - 1 }
  return newlyCovered(quote, sentence.covers) > NAMED ? undefined : quote
}

/**
 * The quotes of an answer, best first, those of one document together. Whoever reads stops at the answer, so what the best
 * one points to comes behind it. Empty where no sentence was scored.
 */
export function selectQuotes(evidence: readonly Evidence[]): Quote[] {
  const [best, ...further] = choose(scoredQuotes(evidence))
  if (best === undefined) return []
  const before = antecedent(best)
  const quotes = before === undefined ? [best, ...further] : [best, before, ...further]
  const shown = new Map(quotes.map((quote) => [keyOf(quote), quote]))
  return [...Map.groupBy(shown.values(), (quote) => quote.evidence.documentId).values()].flat()
}
