import type { Piece } from './pieces.ts'
import type { TextSentence } from './central-sentences.ts'

const ENDS_SENTENCE = /[.!?…。！？][\p{Pe}\p{Pf}"'\]]*$/u
const LOWER_CASE = /^\p{Ll}/u

/** A piece as a sum of its text may show it: whole sentences, no headings, no rows of tables. */
export const textSentence = ({ text, leadsOn, tableRow }: Piece): TextSentence => ({
  text,
  isQuotable: !leadsOn && !tableRow && ENDS_SENTENCE.test(text) && !LOWER_CASE.test(text),
})
