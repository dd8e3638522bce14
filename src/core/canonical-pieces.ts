import { canonicalText } from './canonical-text.ts'

/**
 * Makes a text canonical that comes in pieces: what is put out, joined, is the canonical form of the whole. A half of
 * a character or of a line end at the end of a piece waits for the next one.
 */
export function createCanonicalPieces() {
  let held = ''
  let begun = false

  function canonical(text: string): string {
    // A byte order mark is one at the beginning only.
    const given = begun ? canonicalText(`.${text}`).slice(1) : canonicalText(text)
    begun ||= given !== ''
    return given
  }

  return {
    push(piece: string): string {
      // Without the NULs first, as two halves may come together over one.
      const text = held + piece.replaceAll('\0', '')
      const waits = /[\r\uD800-\uDBFF]$/.test(text) ? 1 : 0
      held = text.slice(text.length - waits)
      return canonical(text.slice(0, text.length - waits))
    },
    /** What still waits when nothing more comes. */
    end(): string {
      const rest = canonical(held)
      held = ''
      return rest
    },
  }
}
