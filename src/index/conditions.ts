import { analyzeIn, isWhole } from './analyzer.ts'
import type { ParsedQuery } from './query.ts'
import type { TermStatistics } from './weighed-query.ts'

/** A phrase by its words, each by the ids of what it is in the languages. Without ids it is in no passage. */
type Phrase = readonly (readonly number[])[]

/** What conditions are checked against. */
export interface PassageReader extends TermStatistics {
  forEachHolder(term: number, visit: (slot: number) => void): void
  termsOf(slot: number): Int32Array
  /** Whether the term is a compound that its parts follow. */
  isWhole(term: number): boolean
}

/**
 * The slots out of `allowed` (1 for each that may be found) that meet the query's conditions, as a bitmap of their
 * own; undefined where the query has none. A phrase is met where its terms follow each other: stop words within it
 * stand for any, a compound for its parts (`"GPT-4o"` finds `GPT 4o`), and one of nothing but stop words says nothing.
 */
export function meeting(
  { text, required, excluded }: ParsedQuery,
  allowed: Uint8Array,
  passages: PassageReader,
): Uint8Array | undefined {
  const wanted = phrases(required, passages)
  const unwanted = phrases(excluded, passages)
  // A query that only excludes does not say what to look for.
  if (text === '' && excluded.length > 0) return new Uint8Array(allowed.length)
  if (wanted.length + unwanted.length === 0) return undefined
  let meets = allowed
  for (const phrase of wanted) {
    const among = meets
    meets = new Uint8Array(allowed.length)
    forEachMatch(phrase, among, passages, (slot) => (meets[slot] = 1))
  }
  if (wanted.length === 0) meets = allowed.slice()
  for (const phrase of unwanted) forEachMatch(phrase, meets, passages, (slot) => (meets[slot] = 0))
  return meets
}

function phrases(texts: readonly string[], passages: PassageReader): Phrase[] {
  return texts.flatMap((text) => {
    const words = analyzeIn(text, passages.languages).filter((stems) => !stems.some(isWhole))
    if (words.length === 0) return []
    return [words.map((stems) => stems.flatMap((term) => passages.idOf(term) ?? []))]
  })
}

function forEachMatch(phrase: Phrase, among: Uint8Array, passages: PassageReader, visit: (slot: number) => void): void {
  const frequency = (ids: readonly number[]): number => ids.reduce((sum, id) => sum + passages.frequencyOf(id), 0)
  const rarest = phrase.reduce((a, b) => (frequency(b) < frequency(a) ? b : a))
  for (const id of rarest) {
    passages.forEachHolder(id, (slot) => {
      if (among[slot] === 1 && (phrase.length === 1 || holds(passages.termsOf(slot), phrase, passages))) visit(slot)
    })
  }
}

function holds(terms: Int32Array, phrase: Phrase, passages: PassageReader): boolean {
  for (let start = 0; start < terms.length; start++) {
    if (phrase[0]?.includes(terms[start] as number) !== true) continue
    let met = 1
    for (let at = start + 1; at < terms.length && met < phrase.length; at++) {
      const term = terms[at] as number
      if (passages.isWhole(term)) continue
      if (phrase[met]?.includes(term) !== true) break
      met++
    }
    if (met === phrase.length) return true
  }
  return false
}
