import { eld } from 'eld/extrasmall'

/** Read from the beginning, the middle and the end, so that a preface in another language does not decide alone. */
const SAMPLE = 1_200
/** Fewer letters than this tell nothing. A character of a script that is not an alphabet tells more. */
const FEWEST_LETTERS = 40
const FEWEST_IDEOGRAPHS = 10

/** The language that a text is mostly in, ISO 639-1; null where the text is too short or the detector is not sure. */
export function detectLanguage(text: string): string | null {
  const sample = sampleOf(text)
  const letters = sample.match(/\p{L}/gu)?.length ?? 0
  const ideographs = sample.match(/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}]/gu)?.length ?? 0
  if (letters < FEWEST_LETTERS && ideographs < FEWEST_IDEOGRAPHS) return null
  const result = eld.detect(sample)
  return result.isReliable() && result.language !== '' ? result.language : null
}

function sampleOf(text: string): string {
  if (text.length <= 3 * SAMPLE) return text
  const middle = Math.floor((text.length - SAMPLE) / 2)
  return [text.slice(0, SAMPLE), text.slice(middle, middle + SAMPLE), text.slice(-SAMPLE)].join('\n')
}
