/** A piece of a text: UTF-16 code units, end exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A piece shorter than this (a list number, an initial, a heading) is read together with what follows it. */
const SHORTEST = 25

const ABBREVIATION =
  /(?:^|[\s(])(?:[A-Z]|St|Dr|Mr|Mrs|Ms|Prof|No|vs|c|ca|cf|al|Jr|Sr|Inc|Co|Ltd|Mt|Ft|Gen|Lt|Col|Sgt|Rev|Hon|e\.g|i\.e|U\.S|bzw|z\.B|Nr|Abs|Hl|v)\.$/
/** Longer than any abbreviation with its dot and the character before it, so that looking at the tail is enough. */
const ABBREVIATION_TAIL = 12

const LOWER_CASE = /^\p{Ll}/u

const segmenters = new Map<string, Intl.Segmenter>()

function segmenterFor(language: string): Intl.Segmenter {
  let segmenter = segmenters.get(language)
  if (segmenter === undefined) {
    const known = isLanguageTag(language) ? language : 'en'
    segmenter = new Intl.Segmenter(known, { granularity: 'sentence' })
    if (segmenters.size < 64) segmenters.set(language, segmenter)
  }
  return segmenter
}

function isLanguageTag(language: string): boolean {
  try {
    return Intl.getCanonicalLocales(language).length === 1
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** The length of `text` between `start` and `end` without the white space at both ends, as the span it fills. */
function trimmed(text: string, start: number, end: number): Span {
  const piece = text.slice(start, end)
  const left = piece.length - piece.trimStart().length
  return { start: start + left, end: start + Math.max(left, piece.trimEnd().length) }
}

/**
 * The sentences of a text in order, by the Unicode rules for `language` (BCP 47; one that is unknown is read as
 * English), mended where those rules cut too often: after an abbreviation, before a word in lower case on the same
 * line, and where a piece would be shorter than `shortest` characters (25). Spans begin and end with a character that is not white
 * space; together they hold every such character of the text, once. Time is linear in the text's length.
 */
export function sentences(text: string, language = 'en', shortest = SHORTEST): Span[] {
  const spans: { start: number; end: number }[] = []
  let open: { start: number; end: number } | undefined
  let lastEndsLine = false

  for (const { segment, index } of segmenterFor(language).segment(text)) {
    const piece = trimmed(text, index, index + segment.length)
    const endsLine = text.slice(piece.end, index + segment.length).includes('\n')
    const last = spans.at(-1)
    if (piece.start === piece.end) {
      if (endsLine && open === undefined) lastEndsLine = true
      continue
    }
    if (last !== undefined && open === undefined && !lastEndsLine && LOWER_CASE.test(segment)) {
      last.end = piece.end
      lastEndsLine = endsLine
      continue
    }
    open = { start: open?.start ?? piece.start, end: piece.end }
    if (open.end - open.start < shortest) continue
    if (ABBREVIATION.test(text.slice(Math.max(open.start, open.end - ABBREVIATION_TAIL), open.end))) continue
    spans.push(open)
    lastEndsLine = endsLine
    open = undefined
  }

  if (open !== undefined) {
    const last = spans.at(-1)
    if (last !== undefined && open.end - open.start < shortest) last.end = open.end
    else spans.push(open)
  }
  return spans
}

const ENDS_SENTENCE = /[.!?:;…。！？][\p{Pe}\p{Pf}"'\]]*$/u

/** Whether the last line of a text may break off within a sentence: no mark ends it, and it is no row of a table. */
export function breaksOff(text: string): boolean {
  const line = text.slice(text.lastIndexOf('\n') + 1)
  return !ENDS_SENTENCE.test(line) && !line.includes(' | ')
}

/** Whether a text begins as nothing but the rest of a sentence does: in lower case. */
export const goesOn = (text: string): boolean =>
  LOWER_CASE.test(text) && !(text.split('\n', 1)[0] ?? '').includes(' | ')
