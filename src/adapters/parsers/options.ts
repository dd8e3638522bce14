import type { ParseEvent } from '../../core/ports/reading.ts'
import type { CallOptions } from '../../core/ports/surroundings.ts'

/** What one document may cost. A limit that is passed ends the document with `document_too_complex`. */
export interface ParseLimits {
  /** UTF-16 code units of text, over all blocks. */
  readonly characters: number
  readonly blocks: number
  /** Bytes that all entries of a ZIP container may inflate to. */
  readonly inflatedBytes: number
  /** Inflated bytes for one packed byte, looked at only above 32 MiB: small files compress well by nature. */
  readonly inflationRatio: number
  readonly containerEntries: number
  /** Levels of elements in XML and of values in JSON. */
  readonly nesting: number
  readonly pages: number
}

export const DEFAULT_LIMITS: ParseLimits = {
  characters: 20_000_000,
  blocks: 400_000,
  inflatedBytes: 256 * 2 ** 20,
  inflationRatio: 250,
  containerEntries: 10_000,
  nesting: 1_000,
  pages: 10_000,
}

export interface ParseOptions extends CallOptions {
  readonly limits?: ParseLimits
  /**
   * Reads a file inside this one (an attachment) as a document of its own; undefined where files are nested too
   * deep or the parser runs alone. Throws what reading any document throws.
   */
  readonly readAttached?: ((bytes: Uint8Array, filename: string) => AsyncIterable<ParseEvent>) | undefined
}
