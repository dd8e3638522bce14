/**
 * How many tokens a text has for a model whose vocabulary is not known here: an estimate from the kinds of its characters.
 * A vocabulary of 30,000 to 250,000 pieces holds the common words of its languages whole and takes the others apart, so
 * a word of letters costs one and a little more for each further part; digits go in threes, signs one by one, and
 * writing without spaces about one a character. docs/models.md has how far it lies from the tokens of three models.
 */
export function estimateTokens(text: string): number {
  let tokens = 0
  for (const { groups = {} } of text.matchAll(RUNS)) {
    const { latin, letters, digits, dense, signs } = groups
    if (latin !== undefined) tokens += latin.length <= WHOLE_WORD ? 1 : 1 + (latin.length - WHOLE_WORD) / PART_OF_WORD
    else if (letters !== undefined) tokens += Math.max(1, letters.length / LETTERS_OF_OTHERS)
    else if (digits !== undefined) tokens += Math.ceil(digits.length / DIGITS)
    else if (dense !== undefined) tokens += dense.length * PER_DENSE_CHARACTER
    else tokens += (signs ?? '').length
  }
  return Math.ceil(tokens)
}

const WHOLE_WORD = 5
const PART_OF_WORD = 3.5
const LETTERS_OF_OTHERS = 1.4
const DIGITS = 3
const PER_DENSE_CHARACTER = 1.2

/** One run of each kind; what stands in none, as spaces do, costs nothing. */
const RUNS =
  /(?<latin>[\p{Script=Latin}\p{M}]+)|(?<dense>[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+)|(?<digits>\p{N}+)|(?<letters>[\p{L}\p{M}]+)|(?<signs>[^\s\p{L}\p{M}\p{N}])/gu

/** For the thread that cuts documents into passages. */
export const create = (): ((text: string) => number) => estimateTokens
