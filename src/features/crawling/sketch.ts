import { createHash } from 'node:crypto'

/**
 * Near-duplicates by the share of common runs of words (shingles), estimated from the smallest hashes of each text
 * (Broder, "On the resemblance and containment of documents", 1997; bottom-k sketches).
 */

const SHINGLE_WORDS = 5
/** Hashes kept: the estimate's standard deviation at a true 0.9 is 0.027. */
const KEPT = 128
/** What is looked at of a long text, in UTF-16 code units: it bounds the work on the main thread to some milliseconds. */
const LOOKED_AT = 100_000
/** The same page in another frame: some words differ. */
const SAME = 0.9

/** Ascending hashes of 32 bits, without repetition; of a text of few words the one hash of all of it. */
export type Sketch = Uint32Array

export function sketchOf(text: string): Sketch {
  const words =
    text
      .slice(0, LOOKED_AT)
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  const hashes = new Set<number>()
  if (words.length < SHINGLE_WORDS * 4) hashes.add(createHash('sha256').update(words.join(' ')).digest().readUInt32BE())
  else for (let i = 0; i + SHINGLE_WORDS <= words.length; i++) hashes.add(hash(words, i))
  return Uint32Array.from(hashes).toSorted().slice(0, KEPT)
}

/** FNV-1a over the words from `at`, finished as MurmurHash3 does, so that the smallest hashes are a fair sample. */
function hash(words: readonly string[], at: number): number {
  let value = 0x811c9dc5
  for (let i = at; i < at + SHINGLE_WORDS; i++) {
    const word = words[i] ?? ''
    for (let c = 0; c < word.length; c++) value = Math.imul(value ^ word.charCodeAt(c), 0x01000193)
    value = Math.imul(value ^ 0x20, 0x01000193)
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}

/** Whether the texts are all but the same: of the smallest hashes of both together, the share that both have. */
export function areNearDuplicates(a: Sketch, b: Sketch): boolean {
  let i = 0
  let j = 0
  let looked = 0
  let common = 0
  while (looked < KEPT && (i < a.length || j < b.length)) {
    const [left, right] = [a[i] ?? Infinity, b[j] ?? Infinity]
    if (left === right) common += 1
    if (left <= right) i += 1
    if (right <= left) j += 1
    looked += 1
  }
  return looked > 0 && common / looked >= SAME
}

export const sketchText = (sketch: Sketch): string =>
  Buffer.from(sketch.buffer, sketch.byteOffset, sketch.byteLength).toString('base64')

export function parseSketch(text: string): Sketch {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  return new Uint32Array(bytes.buffer)
}
