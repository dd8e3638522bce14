import { CACHEABLE, classOf, JOINER } from './characters.ts'

/** What follows the first character: nothing, a mark inside a compound, or what is not told apart. */
const NOTHING = 0
const MARK = 1
const ASCII = 0x80

/**
 * How the words of a query may begin in an English text, so that few others have to be stemmed: a word and its stem begin
 * with the same two characters, but for a `y` that becomes an `i`. Words are told apart by ASCII characters only.
 */
export class WordBeginnings {
  /** By two characters as `levelled` gives them: 1 where a word of the query may begin so. */
  readonly #pairs = new Uint8Array(ASCII * ASCII)

  /** @param terms stems, and compounds as they are written */
  constructor(terms: Iterable<string>) {
    for (const term of terms) {
      const first = levelled(term.charCodeAt(0))
      if (first >= ASCII) continue
      const second = term.length === 1 ? NOTHING : levelled(term.charCodeAt(1))
      // A word of more characters may have a stem of one; a character with a mark of its own may be written as two.
      if (term.length === 1 || second >= ASCII) this.#pairs.fill(1, first * ASCII, (first + 1) * ASCII)
      else this.#pairs[first * ASCII + second] = 1
      // An acronym may be written with points.
      this.#pairs[first * ASCII + MARK] = 1
    }
  }

  /** Whether a word of the query may begin in the run of words and joiners from `start` to `end`, at it or behind a joiner. */
  mayHold(text: string, start: number, end: number): boolean {
    let begins = true
    for (let at = start; at < end; at++) {
      const kind = classOf(text.charCodeAt(at))
      if (begins && kind === CACHEABLE && this.#mayBegin(text, at, end)) return true
      begins = kind === JOINER
    }
    return false
  }

  #mayBegin(text: string, at: number, end: number): boolean {
    const first = levelled(text.charCodeAt(at))
    const second = at + 1 === end ? NOTHING : levelled(text.charCodeAt(at + 1))
    return first >= ASCII || second >= ASCII || this.#pairs[first * ASCII + second] === 1
  }
}

/** In lower case, `y` as `i`; marks are all one. */
function levelled(code: number): number {
  if (code >= ASCII) return code
  if (classOf(code) === JOINER) return MARK
  const lower = code >= 0x41 && code <= 0x5a ? code + 0x20 : code
  return lower === 0x79 ? 0x69 : lower
}
