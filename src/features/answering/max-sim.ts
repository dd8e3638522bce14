import { rowProducts } from './row-products.ts'

/** For each word piece of a question its best cosine with a word piece of a sentence. */
export interface PieceMatches {
  /** With any piece of what the encoder read: the sentence, and the title before it. */
  readonly read: Float32Array
  /** With one of the sentence itself. */
  readonly own: Float32Array
}

/**
 * Late interaction as in ColBERT (Khattab and Zaharia, 2020) over rows of length 1. Nothing on the sentence's side: all
 * zero.
 * @param question row-major, `word pieces x dimension`
 * @param ownFrom the first piece of `sentence` that is not of its title
 */
export function maxSim(question: Float32Array, sentence: Float32Array, dimension: number, ownFrom = 0): PieceMatches {
  const pieces = question.length / dimension
  const read = new Float32Array(pieces)
  const own = new Float32Array(pieces)
  if (sentence.length === 0) return { read, own }
  const others = sentence.length / dimension
  const border = Math.min(ownFrom, others - 1)
  const products = rowProducts(question, sentence, dimension)
  for (let piece = 0; piece < pieces; piece++) {
    let ofTitle = -Infinity
    let ofSentence = -Infinity
    for (let other = 0; other < others; other++) {
      const product = products[piece * others + other] ?? 0
      if (other < border) {
        if (product > ofTitle) ofTitle = product
      } else if (product > ofSentence) ofSentence = product
    }
    own[piece] = ofSentence
    read[piece] = Math.max(ofTitle, ofSentence)
  }
  return { read, own }
}
