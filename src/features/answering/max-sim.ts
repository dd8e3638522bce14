export interface TokenMatch {
  /** Mean over the question's word pieces of each one's best cosine with a word piece of the sentence. */
  readonly mean: number
  /** The least of them: the part of the question that the sentence speaks of least. */
  readonly weakest: number
}

/**
 * Late interaction as in ColBERT (Khattab and Zaharia, 2020) over rows of length 1. Nothing on one side: all zero.
 * @param question row-major, `word pieces x dimension`
 */
export function maxSim(question: Float32Array, sentence: Float32Array, dimension: number): TokenMatch {
  const pieces = question.length / dimension
  if (pieces === 0 || sentence.length === 0) return { mean: 0, weakest: 0 }
  let sum = 0
  let weakest = Infinity
  for (let q = 0; q < question.length; q += dimension) {
    let best = -Infinity
    for (let s = 0; s < sentence.length; s += dimension) {
      let dot = 0
      for (let i = 0; i < dimension; i++) dot += (question[q + i] ?? 0) * (sentence[s + i] ?? 0)
      if (dot > best) best = dot
    }
    sum += best
    if (best < weakest) weakest = best
  }
  return { mean: sum / pieces, weakest }
}

export function dotProduct(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}
