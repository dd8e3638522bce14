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
  const border = Math.min(ownFrom * dimension, sentence.length - dimension)
  for (let piece = 0; piece < pieces; piece++) {
    let ofTitle = -Infinity
    let ofSentence = -Infinity
    for (let s = 0; s < sentence.length; s += dimension) {
      const dot = dotOfRows(question, piece * dimension, sentence, s, dimension)
      if (s < border) {
        if (dot > ofTitle) ofTitle = dot
      } else if (dot > ofSentence) ofSentence = dot
    }
    own[piece] = ofSentence
    read[piece] = Math.max(ofTitle, ofSentence)
  }
  return { read, own }
}

export const dotProduct = (a: Float32Array, b: Float32Array): number => dotOfRows(a, 0, b, 0, a.length)

/** Four sums at a time: twice as fast as one, which waits for itself at every step. */
export function dotOfRows(a: Float32Array, atA: number, b: Float32Array, atB: number, length: number): number {
  const whole = length - (length % 4)
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  for (let i = 0; i < whole; i += 4) {
    s0 += (a[atA + i] ?? 0) * (b[atB + i] ?? 0)
    s1 += (a[atA + i + 1] ?? 0) * (b[atB + i + 1] ?? 0)
    s2 += (a[atA + i + 2] ?? 0) * (b[atB + i + 2] ?? 0)
    s3 += (a[atA + i + 3] ?? 0) * (b[atB + i + 3] ?? 0)
  }
  for (let i = whole; i < length; i++) s0 += (a[atA + i] ?? 0) * (b[atB + i] ?? 0)
  return s0 + s1 + s2 + s3
}
