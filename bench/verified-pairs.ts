import type { ChunkId, DocumentId } from '../src/core/ids.ts'
import type { Evidence } from '../src/core/ports/language-models.ts'
import { piecesOf } from '../src/features/answering/pieces.ts'
import type { WordWeight } from '../src/features/answering/support.ts'
import { wordsOf } from '../src/features/answering/words.ts'

/** A quote as a passage of one part. */
export function evidenceOf(quote: string, title: string): Evidence {
  return {
    number: 1,
    documentId: 'quote' as DocumentId,
    version: 1,
    title,
    parts: [{ chunkId: 1 as ChunkId, context: '', page: null, start: 0, end: quote.length, rank: 0 }],
    start: 0,
    end: quote.length,
    text: quote,
    sentences: piecesOf(quote).map(({ start, end, text }) => ({
      start,
      end,
      text,
      score: null,
      probability: null,
      covers: [],
    })),
  }
}

/** Idf as the index has it, over the given texts. */
export function weightOver(texts: Iterable<string>): WordWeight {
  const frequency = new Map<string, number>()
  let count = 0
  for (const text of texts) {
    count++
    for (const stem of new Set(wordsOf(text).map((word) => word.stem)))
      frequency.set(stem, (frequency.get(stem) ?? 0) + 1)
  }
  return ({ stem }) => {
    const df = frequency.get(stem) ?? 0
    return Math.log(1 + (count - df + 0.5) / (df + 0.5))
  }
}
