import { TYPICAL_COSINE } from './encoder-scale.ts'
import type { RankedPassage } from './passages.ts'
import { piecesOf } from './pieces.ts'
import type { Piece } from './pieces.ts'
import type { Question } from './question.ts'
import type { Features } from './ranking.ts'
import { createSentenceReader, lexicalFeatures } from './sentence-features.ts'
import { NO_TOKEN_FEATURES } from './token-features.ts'
import { readableTitle, wordsOf } from './words.ts'

/** A sentence that may be the answer. */
export interface Candidate {
  /** Index of its passage and of its piece in that passage. */
  readonly passage: number
  readonly piece: number
  /** What an encoder reads for it: the title says what it speaks of. */
  readonly encoderText: string
  /** How many of its words, parted by white space, stand before the sentence. */
  readonly contextWords: number
  readonly features: Features
  readonly covers: readonly number[]
}

export interface ReadPassage {
  readonly pieces: readonly Piece[]
  readonly candidates: readonly Candidate[]
}

/** Passages that sentences are taken from. Two gave the same figures, one .02 less. */
const PASSAGES_READ = 5

const sameText = (text: string): string => text.replace(/\s+/g, ' ').toLowerCase()

/** A row says little without its table's header. */
const encoderContext = ({ title, context }: RankedPassage, { tableRow }: Piece): string =>
  [readableTitle(title), tableRow ? context : ''].filter((part) => part !== '').join(' ')

/**
 * Reads the sentences of the best passages with what their words tell, of as many passages as are asked for; none is
 * read twice. A text that stands in several passages is a candidate once, in the best of them: copies would share their
 * probability and be quoted twice.
 * @param passages best first
 * @param scale maps a cosine onto the band of the weights
 */
export function candidateReader(
  question: Question,
  passages: readonly RankedPassage[],
  scale: (cosine: number) => number,
): (passagesRead?: number) => ReadPassage[] {
  const read = createSentenceReader(question)
  const bestFused = passages[0]?.fused ?? 0
  const cosines = passages.map(({ cosine }) => cosine).filter((cosine) => !Number.isNaN(cosine))
  // A passage whose vector is still being made is neither favoured nor held back.
  const typicalCosine =
    cosines.length === 0 ? TYPICAL_COSINE : scale(cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length)
  const seen = new Set<string>()
  const pieces = passages.map((passage) => piecesOf(passage.text, passage.language ?? undefined))
  /** Of the passages read so far, the best first. */
  const candidates: Candidate[][] = []

  const candidatesOf = (passage: RankedPassage, p: number): Candidate[] => {
    const titleStems = new Set(wordsOf(readableTitle(passage.title)).map(({ stem }) => stem))
    const own = pieces[p] ?? []
    const sentences = own.map((piece) => read(wordsOf(piece.text)))
    return own.flatMap((piece, i): Candidate[] => {
      const sentence = sentences[i]
      const key = sameText(piece.text)
      if (sentence === undefined || piece.leadsOn || seen.has(key)) return []
      seen.add(key)
      const { covers, ...lexical } = lexicalFeatures(question, sentence, sentences[i - 1], titleStems)
      const features: Features = {
        ...lexical,
        passageCosine: Number.isNaN(passage.cosine) ? typicalCosine : scale(passage.cosine),
        passageGap: passage.fused - bestFused,
        sentenceCosine: 0,
        ...NO_TOKEN_FEATURES,
      }
      const context = encoderContext(passage, piece)
      const encoderText = context === '' ? piece.text : `${context} ${piece.text}`
      const contextWords = context.match(/\S+/g)?.length ?? 0
      return [{ passage: p, piece: i, encoderText, contextWords, features, covers }]
    })
  }

  return (passagesRead = PASSAGES_READ) => {
    for (const [p, passage] of passages.slice(0, passagesRead).entries()) candidates[p] ??= candidatesOf(passage, p)
    return pieces.map((own, p) => ({ pieces: own, candidates: (p < passagesRead ? candidates[p] : undefined) ?? [] }))
  }
}
