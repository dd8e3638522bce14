/** A text as a reader, or a model, takes it, where that is not how its characters are stored. */
export interface RevealedText {
  readonly text: string
  /** Offset in the stored text of a character of this one; UTF-16 code units. */
  readonly at: (index: number) => number
}

/** Characters without a width of their own; of emoji and of scripts that join by them they are a part. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}--\p{Variation_Selector}]/v
/** A copy of ASCII that nothing shows. */
const TAG = /[\u{E0020}-\u{E007E}]/u
/** A flag of a part of a country is written with it. */
const FLAG = /\u{1F3F4}[\u{E0020}-\u{E007E}]{1,8}\u{E007F}/gu

/** Letters of Cyrillic and Greek that look like Latin ones. Source: Unicode's confusables.txt, those of one character. */
const LOOKALIKES: ReadonlyMap<string, string> = new Map(
  Array.from(
    'аaеeоoрpсcуyхxіiјjѕsһhԁdԛqԝwѵvӏlАAВBЕEКKМMНHОOРPСCТTУYХXІIЈJЅSοoαaνvρpιiκkυuτtΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX'.matchAll(
      /(.)(.)/gu,
    ),
    ([, like = '', latin = '']) => [like, latin] as const,
  ),
)
const WORD = /[\p{L}\p{M}]+/gu
const MIXED =
  /\p{Script=Latin}[\p{Script=Cyrillic}\p{Script=Greek}]|[\p{Script=Cyrillic}\p{Script=Greek}]\p{Script=Latin}/u
/** Latin letters of other forms: full width, mathematical, in circles. */
const STYLED = /[\uFF01-\uFF5E\u{1D400}-\u{1D7FF}\u24B6-\u24E9\u{1F130}-\u{1F189}]/u
const SUSPICIOUS = new RegExp(`${INVISIBLE.source}|${STYLED.source}|${MIXED.source}`, 'v')

/** undefined: it is as it looks. */
export function revealed(stored: string): RevealedText | undefined {
  if (!SUSPICIOUS.test(stored)) return undefined
  // Of the same length, so that offsets stay.
  const plain = stored
    .replace(FLAG, (flag) => ' '.repeat(flag.length))
    .replace(WORD, (word) => (MIXED.test(word) ? latinised(word) : word))
  let text = ''
  const offsets: number[] = []
  let offset = 0
  for (const character of plain) {
    const shown = TAG.test(character)
      ? String.fromCodePoint((character.codePointAt(0) ?? 0) - 0xe0000)
      : INVISIBLE.test(character)
        ? ''
        : STYLED.test(character)
          ? character.normalize('NFKC')
          : character
    for (let unit = 0; unit < shown.length; unit++) offsets.push(offset)
    text += shown
    offset += character.length
  }
  offsets.push(stored.length)
  return text === stored ? undefined : { text, at: (index) => offsets[index] ?? stored.length }
}

const latinised = (word: string): string => Array.from(word, (letter) => LOOKALIKES.get(letter) ?? letter).join('')

/** As mail and as addresses write it, padded or not, in one line or several. Shorter ones are names and numbers of all kinds. */
const BASE64 = /(?<![\w+/=-])[\w+/-]{24,}={0,2}(?:\n[\w+/-]{16,}={0,2})*(?![\w+/=-])/g
/** Of one run; what stands behind is not read. */
const LONGEST_CODE = 4096
const PROSE = /^[\p{L}\p{N}\p{P}\p{Zs}\n<>=+$|~`^]*$/u

/** What runs of base64 in a text say, where that is words. */
export function decodedIn(text: string): { readonly start: number; readonly end: number; readonly text: string }[] {
  return Array.from(text.matchAll(BASE64), ({ 0: code, index }) => ({ code, index })).flatMap(({ code, index }) => {
    const said = Buffer.from(code.slice(0, LONGEST_CODE), 'base64').toString('utf8')
    const isProse = PROSE.test(said) && (said.match(/\p{L}{2,}/gu) ?? []).length >= 3
    return isProse ? [{ start: index, end: index + code.length, text: said }] : []
  })
}
