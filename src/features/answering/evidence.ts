import type { Evidence, EvidenceSentence } from '../../core/ports.ts'
import type { RankedPassage } from './passages.ts'
import type { ReadPassage } from './sentence-candidates.ts'
import type { SentenceRanking } from './sentence-ranking.ts'

/**
 * The evidence ledger: every passage that an answer may cite, numbered from 1 in the order of retrieval, with its
 * sentences as places of the document and with the score that ranking gave them.
 */
export function buildLedger(
  passages: readonly RankedPassage[],
  read: readonly ReadPassage[],
  ranking: SentenceRanking,
): Evidence[] {
  const ranked = new Map(ranking.sentences.map((sentence) => [`${sentence.passage} ${sentence.piece}`, sentence]))
  return passages.map((passage, p): Evidence => {
    const pieces = read[p]?.pieces ?? []
    const sentences = pieces.map(({ start, end, text }, i): EvidenceSentence => {
      const scored = ranked.get(`${p} ${i}`)
      return {
        start: passage.start + start,
        end: passage.start + end,
        text,
        score: scored?.score ?? null,
        probability: scored?.probability ?? null,
        covers: scored?.covers ?? [],
      }
    })
    const { documentId, version, chunkId, title, context, page, start, end, text } = passage
    return { number: p + 1, documentId, version, chunkId, title, context, page, start, end, text, sentences }
  })
}
