import type { TokenVectors } from '../../core/ports/embedding.ts'
import { dotProduct, rowProducts } from './row-products.ts'

/** Some words of a text that an encoder read: parted by white space, counted from 0. */
interface SomeWords {
  readonly vectors: TokenVectors
  readonly words: readonly number[]
}

/**
 * The vectors of the wanted words in their sentence: the mean of their pieces, of length 1, in order and row-major. All
 * zero for a word that the encoder did not read.
 */
function wordVectors({ vectors: { tokens, words: wordOf }, words }: SomeWords, dimension: number): Float32Array {
  const rows = new Float32Array(words.length * dimension)
  words.forEach((word, row) => {
    const vector = rows.subarray(row * dimension, (row + 1) * dimension)
    const first = wordOf.indexOf(word)
    if (first === -1) return
    for (let piece = first; wordOf[piece] === word; piece++) {
      for (let d = 0; d < dimension; d++) vector[d] = (vector[d] ?? 0) + (tokens[piece * dimension + d] ?? 0)
    }
    const length = Math.sqrt(dotProduct(vector, vector)) || 1
    for (let d = 0; d < dimension; d++) vector[d] = (vector[d] ?? 0) / length
  })
  return rows
}

/** What comes nearest to a word in another text. */
export interface WordMatch {
  readonly cosine: number
  /** Which of the other text's words it is, counted from 0; -1: nothing can be compared. */
  readonly at: number
  /** Whether it is also what comes nearest to that word. */
  readonly mutual: boolean
}

/**
 * For each of some words of a text its best cosine with one of some words of another, and with which: how near the other
 * comes to saying it, in whatever words. A cosine of 0 where nothing can be compared.
 */
export function bestWordMatches(own: SomeWords, other: SomeWords, dimension: number): WordMatch[] {
  const rows = wordVectors(own, dimension)
  const products = rowProducts(rows, wordVectors(other, dimension), dimension)
  const nearest = other.words.map(() => ({ cosine: 0, row: -1 }))
  const best = own.words.map((_, row) => {
    let [cosine, at] = [0, -1]
    nearest.forEach((one, i) => {
      const found = products[row * other.words.length + i] ?? 0
      if (found > cosine) [cosine, at] = [found, i]
      if (found > one.cosine) [one.cosine, one.row] = [found, row]
    })
    return { cosine, at }
  })
  return best.map(({ cosine, at }, row): WordMatch => ({ cosine, at, mutual: nearest[at]?.row === row }))
}
