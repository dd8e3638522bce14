import { namesOf } from './names.ts'
import { readText } from './read-text.ts'
import type { ReadText, Token } from './read-text.ts'
import { softMatch } from './soft-match.ts'

/** From here on two words are one. */
export const SAME_WORD = 0.5

/** A sentence of an answer as it is compared with quotes. */
export interface ReadClaim extends ReadText {
  readonly content: readonly Token[]
  readonly names: ReadonlySet<Token>
}

export function readClaim(sentence: string): ReadClaim {
  const read = readText(sentence)
  return { ...read, content: read.tokens.filter(({ content }) => content), names: namesOf(read) }
}

/** A quote with its context, as sentences are compared with it. */
export interface ReadQuote extends ReadText {
  readonly context: ReadText
}

/** @param context the document's title, headings, table header: names and words may stand there, too */
export const readQuote = (quote: string, context: ReadText): ReadQuote => ({ ...readText(quote), context })

/**
 * How far a word stands in a quote or its context, 0 to 1.
 * @param isName another form of a name begins with the same letter
 */
export function found(word: Token, { lowers, stems, context }: ReadQuote, isName = false): number {
  if (lowers.has(word.lower) || stems.has(word.stem)) return 1
  if (context.lowers.has(word.lower) || context.stems.has(word.stem)) return 1
  let best = 0
  for (const known of [stems, context.stems]) {
    for (const stem of known.keys()) {
      if (!isName || stem[0] === word.stem[0]) best = Math.max(best, softMatch(word.stem, stem))
    }
  }
  return best
}
