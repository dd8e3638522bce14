import type { TokenVectors } from '../../core/ports/embedding.ts'
import { maxSim } from './max-sim.ts'
import type { PieceMatches } from './max-sim.ts'
import { questionWord } from './question.ts'
import type { Question } from './question.ts'

/** What the word pieces of a sentence say about its answering the question: cosines, but for `bestShare`. */
export interface TokenFeatures {
  /** The least of the best matches of the question's pieces in the sentence or its title: what it speaks of least. */
  readonly weakestTokenMatch: number
  /** The greatest of them in the sentence itself. */
  readonly strongestTokenMatch: number
  /**
   * Mean of the matches of the question word and of what follows it ("what kind of …", "how many people"), in the sentence
   * itself. An encoder reads these pieces as what is asked for, so they come near to the answer.
   */
  readonly askedMatch: number
  /** Idf share of the question's words that no other of the sentences matches better, fading with the distance to the best. */
  readonly bestShare: number
}

/** Pieces that tell what is asked for, the question word's first one included. */
const ASKED = 3
/** A match that stays behind the best by this cosine counts by 1/e. */
const FADING = 0.05

/** The word, parted by white space and counted from 0, that holds the character at `offset`. */
export const wordAt = (text: string, offset: number): number =>
  (text.slice(0, offset + 1).match(/\S+/g)?.length ?? 1) - 1

const sum = (values: Iterable<number>): number => {
  let total = 0
  for (const value of values) total += value
  return total
}
const mean = (values: Float32Array): number => sum(values) / Math.max(1, values.length)

/** The idf share of each piece: a term's is spread evenly over the pieces of its word. */
function sharesOf(question: Question, words: Uint16Array): Float64Array {
  const shares = new Float64Array(words.length)
  for (const { word, weight } of question.terms) {
    const at = wordAt(question.text, word.offset)
    const first = words.indexOf(at)
    if (first === -1) continue
    const end = words.lastIndexOf(at) + 1
    for (let piece = first; piece < end; piece++) {
      shares[piece] = (shares[piece] ?? 0) + weight / question.totalWeight / (end - first)
    }
  }
  return shares
}

/**
 * The features of sentences that are compared with each other.
 * @param sentences `contextWords`: how many words, parted by white space, the encoder read before the sentence itself
 */
export function tokenFeatures(
  question: Question,
  asked: TokenVectors,
  sentences: readonly { readonly contextWords: number; readonly vectors: TokenVectors }[],
  dimension: number,
): TokenFeatures[] {
  const shares = sharesOf(question, asked.words)
  const askedFrom = Math.max(0, asked.words.indexOf(wordAt(question.text, questionWord(question.text))))
  const matches = sentences.map(({ contextWords, vectors: { tokens, words } }): PieceMatches => {
    const ownFrom = words.findIndex((word) => word >= contextWords)
    return maxSim(asked.tokens, tokens, dimension, Math.max(0, ownFrom))
  })
  const best = shares.map((_, piece) => Math.max(...matches.map(({ read }) => read[piece] ?? 0)))

  return matches.map(({ read, own }): TokenFeatures => {
    if (read.length === 0) return NO_TOKEN_FEATURES
    return {
      weakestTokenMatch: Math.min(...read),
      strongestTokenMatch: Math.max(...own),
      askedMatch: mean(own.subarray(askedFrom, askedFrom + ASKED)),
      bestShare: sum(shares.map((share, p) => share * Math.exp(((read[p] ?? 0) - (best[p] ?? 0)) / FADING))),
    }
  })
}

export const NO_TOKEN_FEATURES: TokenFeatures = {
  weakestTokenMatch: 0,
  strongestTokenMatch: 0,
  askedMatch: 0,
  bestShare: 0,
}
