import { sentences } from '../../core/sentences.ts'
import type { Span } from '../../core/sentences.ts'

/** A sentence of an answer with the numbers of its marks; offsets are into the answer, marks included. */
export interface MarkedSentence {
  readonly start: number
  readonly end: number
  /** Without marks. */
  readonly text: string
  readonly numbers: readonly number[]
}

/** `[1]`, `[1, 2]`, `[1-3]`, with the white space before it. Bounded, as a long run would be gone through from each place. */
export const MARK = /\s{0,8}\[(\d{1,4}(?:\s{0,8}[,–-]\s{0,8}\d{1,4})*)\]/g
/** Characters. People and models write shorter sentences than documents do: “It opened in 1932.” */
const SHORTEST = 10
/** More numbers in one range are taken for something else than marks. */
const LONGEST_RANGE = 20

function numbersOf(inside: string): number[] {
  return inside.split(',').flatMap((part) => {
    const [first = Number.NaN, last = first] = part.split(/[–-]/).map(Number)
    if (last < first || last - first > LONGEST_RANGE) return [first, last]
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
}

export const withoutMarks = (text: string): string => text.replace(MARK, '')

interface Mark {
  /** Where it stands in the answer, and in the answer without marks. */
  readonly at: number
  readonly bare: number
  readonly length: number
  readonly numbers: readonly number[]
}

const FINAL = /^[.!?…。！？]+["'”’»)\]]*(?=\s|$)/
const FINAL_BEFORE = /[.!?…。！？]["'”’»)\]]*$/

/** Where a mark ends what stands before it: at final punctuation, whatever the sentence rules make of it. */
function endsAt(bare: string, { bare: at }: Mark): number | undefined {
  const following = FINAL.exec(bare.slice(at, at + 20))?.[0]
  if (following !== undefined) return at + following.length
  return FINAL_BEFORE.test(bare.slice(Math.max(0, at - 20), at)) ? at : undefined
}

function cutAt(bare: string, spans: readonly Span[], borders: readonly number[]): Span[] {
  return spans.flatMap(({ start, end }) => {
    const inside = borders.filter((border) => border > start && border < end)
    return [start, ...inside].flatMap((from, i): Span[] => {
      const piece = bare.slice(from, inside[i] ?? end)
      const left = from + piece.length - piece.trimStart().length
      return piece.trim() === '' ? [] : [{ start: left, end: left + piece.trim().length }]
    })
  })
}

/**
 * The sentences of an answer. A mark belongs to the sentence that it stands in or directly after, on either side of
 * the final punctuation; it ends a sentence there, and so does a blank line. An answer that only quotes is cut as the
 * documents are, so that a quote stays whole.
 */
export function markedSentences(answer: string, onlyQuotes = false): MarkedSentence[] {
  const marks: Mark[] = []
  let removed = 0
  for (const { 0: mark, 1: inside = '', index } of answer.matchAll(MARK)) {
    marks.push({ at: index, length: mark.length, bare: index - removed, numbers: numbersOf(inside) })
    removed += mark.length
  }
  const bare = withoutMarks(answer)
  const borders = [
    ...marks.flatMap((mark) => endsAt(bare, mark) ?? []),
    ...Array.from(bare.matchAll(/\n\s*\n/g), ({ index }) => index),
  ].toSorted((a, b) => a - b)
  const spans = cutAt(bare, sentences(bare, undefined, onlyQuotes ? undefined : SHORTEST), borders)
  const ownerOf = (offset: number): number =>
    Math.max(
      0,
      spans.findLastIndex(({ start }) => start < offset),
    )

  return spans.map(({ start, end }, i) => {
    const own = marks.filter(({ bare: at }) => ownerOf(at) === i)
    // Marks that stand before an offset move it; those at the sentence's end belong inside.
    const shiftAt = (offset: number, inclusive: boolean): number =>
      marks.reduce(
        (sum, mark) => (mark.bare < offset || (inclusive && mark.bare === offset) ? sum + mark.length : sum),
        0,
      )
    return {
      start: start + shiftAt(start, i > 0),
      end: end + shiftAt(end, true),
      text: bare.slice(start, end),
      numbers: [...new Set(own.flatMap(({ numbers }) => numbers))],
    }
  })
}
