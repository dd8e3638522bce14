import type { LengthNorm } from './postings.ts'
import type { WeighedQuery } from './weighed-query.ts'

/** Passages whose phrases are scored; `termsOf` may give the same array again, with other terms. */
export interface PhraseReader {
  termsOf(slot: number): Int32Array
  rarity(frequency: number): number
  readonly norm: LengthNorm
}

/**
 * What each passage's pairs of neighbouring query words are worth, stop words left out: each pair as BM25 would weigh a
 * term, with its frequency among these passages, which is as good as that among all (the design's ranking study).
 * @param slots of the passages; NaN is given for one below 0
 */
export function phraseScores(query: WeighedQuery, slots: Int32Array, passages: PhraseReader): Float64Array {
  const scores = Float64Array.from(slots, (slot) => (slot < 0 ? Number.NaN : 0))
  const pairs = wantedPairs(query)
  if (pairs.size === 0) return scores
  const wordsOf = wordsById(query)
  const size = query.words.length

  const holding = new Int32Array(pairs.size)
  const found = Array.from(slots, (slot) => {
    const counts = new Map<number, number>()
    if (slot < 0) return counts
    let before: readonly number[] | undefined
    for (const term of passages.termsOf(slot)) {
      const words = wordsOf.get(term)
      if (before !== undefined && words !== undefined) {
        for (const first of before) {
          for (const second of words) {
            const pair = pairs.get(first * size + second)
            if (pair !== undefined) counts.set(pair, (counts.get(pair) ?? 0) + 1)
          }
        }
      }
      before = words
    }
    for (const pair of counts.keys()) holding[pair] = (holding[pair] as number) + 1
    return counts
  })
  const { lengths, base, perTerm } = passages.norm
  found.forEach((counts, i) => {
    const norm = base + perTerm * (lengths[slots[i] as number] ?? 0)
    for (const [pair, count] of counts) {
      scores[i] = (scores[i] as number) + (passages.rarity(holding[pair] as number) * count) / (count + norm)
    }
  })
  return scores
}

/** The distinct pairs of neighbouring words, `first * words + second`, numbered in the order of the query. */
function wantedPairs({ words, sequence }: WeighedQuery): Map<number, number> {
  const pairs = new Map<number, number>()
  for (let i = 0; i + 1 < sequence.length; i++) {
    const [first, second] = [sequence[i] as number, sequence[i + 1] as number]
    if (words[first]?.ids.length === 0 || words[second]?.ids.length === 0) continue
    const pair = first * words.length + second
    if (!pairs.has(pair)) pairs.set(pair, pairs.size)
  }
  return pairs
}

function wordsById({ words }: WeighedQuery): Map<number, number[]> {
  const byId = new Map<number, number[]>()
  words.forEach(({ ids }, word) => {
    for (const id of ids) byId.set(id, [...(byId.get(id) ?? []), word])
  })
  return byId
}
