import type { Piece } from './pieces.ts'
import type { TextSentence } from './central-sentences.ts'

/** Behind the mark: closing brackets and quotes, of which German's “ is one that opens elsewhere, and numbers of notes. */
const ENDS_SENTENCE = /[.!?…。！？｡۔؟।॥։።](?:[\p{Pe}\p{Pf}\p{Pi}\p{No}"']|\[\d{1,4}\])*$/u
const LOWER_CASE = /^\p{Ll}/u

/** A piece as a sum of its text may show it: whole sentences, no headings, no rows of tables. */
export const textSentence = ({ text, leadsOn, tableRow }: Piece): TextSentence => ({
  text,
  isQuotable: !leadsOn && !tableRow && ENDS_SENTENCE.test(text) && !LOWER_CASE.test(text),
})
