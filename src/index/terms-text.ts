import { forEachRun } from './analyzer.ts'
import { TITLE_WEIGHT } from './bm25.ts'
import { languageOf } from './languages.ts'

/**
 * A passage's terms for a store that splits at spaces and counts: those of the title stand there as often as one of them
 * counts here. There they add to the passage's length as well, here they do not.
 */
export function termsText(title: string, text: string): string {
  const language = languageOf(text)
  const titled: string[] = []
  const terms: string[] = []
  forEachRun(title, language, (run) => void titled.push(...run))
  forEachRun(text, language, (run) => void terms.push(...run))
  return [...Array.from({ length: TITLE_WEIGHT }, () => titled).flat(), ...terms].join(' ')
}
