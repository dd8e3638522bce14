/** Neither a word nor inside one: white space, punctuation, symbols. */
export const OUTSIDE = 0
/** Letters, marks and digits of scripts that separate their words: what they stand for may be remembered. */
export const CACHEABLE = 1
/** May stand inside a compound (`GPT-4o`, `snake_case`, `don't`), never at its ends. */
export const JOINER = 2
/** Scripts without spaces, halves of surrogate pairs and invisible characters: looked at more closely. */
export const CLOSER = 3

const WORD = /^[\p{L}\p{M}\p{N}]$/u
const UNSPACED =
  /^[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}ー]$/u
const JOINERS = "-_./'’\u2010\u2011"
const INVISIBLE = '\u00ad\u200b\u200c\u200d\u2060\ufeff'

const classes = new Uint8Array(0x10000)
for (let code = 0; code < classes.length; code++) classes[code] = classify(code)

function classify(code: number): number {
  if (code >= 0xd800 && code <= 0xdfff) return CLOSER
  const character = String.fromCharCode(code)
  if (JOINERS.includes(character)) return JOINER
  if (INVISIBLE.includes(character) || UNSPACED.test(character)) return CLOSER
  return WORD.test(character) ? CACHEABLE : OUTSIDE
}

/** The class of a UTF-16 code unit, by table: this is asked of every character that is indexed. */
export const classOf = (code: number): number => classes[code] as number
