import { analyze, isWhole } from './analyzer.ts'
import type { ParsedQuery } from './query.ts'

/** A phrase by its terms' ids. `undefined` in their place: one of them is in no passage, so neither is the phrase. */
type Phrase = readonly number[] | undefined

/** What conditions are checked against. */
export interface PassageReader {
  /** Undefined for a term that no passage ever held. */
  idOf(term: string): number | undefined
  /** In how many passages the term is. */
  frequencyOf(term: number): number
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
    const terms = analyze(text).filter((term) => !isWhole(term))
    if (terms.length === 0) return []
    const ids = terms.flatMap((term) => passages.idOf(term) ?? [])
    return [ids.length === terms.length ? ids : undefined]
  })
}

function forEachMatch(phrase: Phrase, among: Uint8Array, passages: PassageReader, visit: (slot: number) => void): void {
  if (phrase === undefined) return
  const rarest = phrase.reduce((a, b) => (passages.frequencyOf(b) < passages.frequencyOf(a) ? b : a))
  passages.forEachHolder(rarest, (slot) => {
    if (among[slot] === 1 && (phrase.length === 1 || holds(passages.termsOf(slot), phrase, passages))) visit(slot)
  })
}

function holds(terms: Int32Array, phrase: readonly number[], passages: PassageReader): boolean {
  for (let start = 0; start < terms.length; start++) {
    if (terms[start] !== phrase[0]) continue
    let met = 1
    for (let at = start + 1; at < terms.length && met < phrase.length; at++) {
      const term = terms[at] as number
      if (passages.isWhole(term)) continue
      if (term !== phrase[met]) break
      met++
    }
    if (met === phrase.length) return true
  }
  return false
}
