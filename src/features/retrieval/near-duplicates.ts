import { isBoilerplate } from './boilerplate.ts'

/** A passage's words as they stand between white space, for comparing it with others. */
export interface Fingerprint {
  /** What the passage is read under: the same words under another heading speak of something else. */
  readonly context: string
  readonly source: string
  /** FNV-1a of each word. */
  readonly hashes: Int32Array
  /** Where each word begins and ends in `source`. */
  readonly starts: Int32Array
  readonly ends: Int32Array
}

/** What may stand around the words that two texts share: at most this share of each, and so many words at each end. */
const EDGE = 0.2
const LONGEST_EDGE = 40

export function fingerprint({ text, context }: { readonly text: string; readonly context: string }): Fingerprint {
  const source = levelled(text)
  const most = (source.length + 1) >> 1
  const hashes = new Int32Array(most)
  const starts = new Int32Array(most)
  const ends = new Int32Array(most)
  let count = 0
  for (let at = 0; at < source.length;) {
    while (at < source.length && isSpace(source.charCodeAt(at))) at++
    if (at === source.length) break
    starts[count] = at
    let hash = FNV_OFFSET
    for (let code; at < source.length && !isSpace((code = source.charCodeAt(at))); at++) {
      hash = Math.imul(hash ^ code, FNV_PRIME)
    }
    hashes[count] = hash
    ends[count++] = at
  }
  return {
    context: levelled(context),
    source,
    hashes: hashes.subarray(0, count),
    starts: starts.subarray(0, count),
    ends: ends.subarray(0, count),
  }
}

/**
 * Whether two passages say the same: equal word for word, whatever their white space and the form of quotes and hyphens,
 * or but for whole lines or sentences at their ends that are a page's frame (`boilerplate.ts`). One number, name or other
 * word that differs, also its case or a mark on it, makes two of them. Symmetric; what `text` and `context` say decides alone.
 *
 * The resemblance of word shingles (Broder, "On the resemblance and containment of documents", 1997) measures how many
 * words two texts share; two invoices that differ by the amount pass any threshold below 1. So the shared words must
 * be one unbroken run of .8 of each text, found as local alignments are, from a seed on (Altschul et al., "Basic local
 * alignment search tool", 1990): such a run holds the word in the middle of both. Of passages that begin differently this
 * takes a look at a fifth of the words.
 */
export function isNearDuplicate(a: Fingerprint, b: Fingerprint): boolean {
  if (a.context !== b.context) return false
  const [most, least] = [a.hashes.length, b.hashes.length].toSorted((one, other) => other - one) as [number, number]
  if (least < (1 - EDGE) * most) return false
  if (most === 0) return true
  const middle = a.hashes.length >> 1
  const reach = Math.min(LONGEST_EDGE, Math.floor(EDGE * most))
  for (let shift = -reach; shift <= reach; shift++) {
    if (a.hashes[middle] !== b.hashes[middle + shift]) continue
    const run = runAround(a, b, middle, shift)
    if (run.end - run.start >= (1 - EDGE) * most && saysTheSame(a, b, run)) return true
  }
  return false
}

/** Words of `a` that stand in `b` too, `shift` words further on. */
interface Run {
  readonly start: number
  readonly end: number
  readonly shift: number
}

function runAround(a: Fingerprint, b: Fingerprint, middle: number, shift: number): Run {
  let start = middle
  let end = middle + 1
  while (start > 0 && start + shift > 0 && a.hashes[start - 1] === b.hashes[start - 1 + shift]) start--
  while (end < a.hashes.length && end + shift < b.hashes.length && a.hashes[end] === b.hashes[end + shift]) end++
  return { start, end, shift }
}

function saysTheSame(a: Fingerprint, b: Fingerprint, { start, end, shift }: Run): boolean {
  const isFramed = (of: Fingerprint, from: number, to: number): boolean =>
    isFrame(of, 0, from) && isFrame(of, to, of.hashes.length) && isBorder(of, from) && isBorder(of, to)
  if (!isFramed(a, start, end) || !isFramed(b, start + shift, end + shift)) return false
  // Different words may have the same hash.
  for (let word = start; word < end; word++) if (wordAt(a, word) !== wordAt(b, word + shift)) return false
  return true
}

const wordAt = ({ source, starts, ends }: Fingerprint, word: number): string => source.slice(starts[word], ends[word])

function isFrame(of: Fingerprint, from: number, to: number): boolean {
  if (to - from > LONGEST_EDGE) return false
  return isBoilerplate(Array.from({ length: to - from }, (_, i) => wordAt(of, from + i)))
}

const ENDS_SENTENCE = /[.!?…]["')]*$/

/** Whether a line or a sentence begins with this word: what only fills a gap in a sentence ("was … by the team") is no frame. */
function isBorder(of: Fingerprint, word: number): boolean {
  if (word === 0 || word === of.hashes.length) return true
  return of.source.slice(of.ends[word - 1], of.starts[word]).includes('\n') || ENDS_SENTENCE.test(wordAt(of, word - 1))
}

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** As `\s`, and control characters. */
const isSpace = (code: number): boolean => code <= 0x20 || (code >= 0x7f && (code <= 0xa0 || isWideSpace(code)))

const isWideSpace = (code: number): boolean =>
  (code >= 0x2000 && code <= 0x200a) ||
  code === 0x3000 ||
  code === 0x2028 ||
  code === 0x2029 ||
  code === 0x202f ||
  code === 0x205f ||
  code === 0x1680

const OTHER_FORMS = /[^\x00-\x7f]/
const INVISIBLE = /[\u00ad\u200b\u2060\ufeff]/g
const SINGLE_QUOTES = /[\u2018\u2019\u201b]/g
const DOUBLE_QUOTES = /[\u201c\u201d\u201e\u201f]/g
const HYPHENS = /[\u2010\u2011]/g

/** Without what one file format writes otherwise than another. Not NFKC: it would read 10² as 102. */
function levelled(text: string): string {
  if (!OTHER_FORMS.test(text)) return text
  return text
    .normalize('NFC')
    .replace(INVISIBLE, '')
    .replace(SINGLE_QUOTES, "'")
    .replace(DOUBLE_QUOTES, '"')
    .replace(HYPHENS, '-')
}
