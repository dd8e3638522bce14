const MARKS_AND_TATWEEL = /[\u0640\u064b-\u065f\u0670]/g
const ALEF_VARIANTS = /[\u0622\u0623\u0625\u0671]/g
const DEFINITE_ARTICLE = /^(?:وال|بال|كال|فال|لل|ال)(?=..)/
const AND = /^و(?=...)/
const SUFFIX = /(?<=..)(?:ها|ان|ات|ون|ين|يه|ية|ه|ة|ي)$/

/** Whether a word is written in Arabic script, judged by its first letter. */
export const isArabic = (word: string): boolean => {
  const code = word.charCodeAt(0)
  return code >= 0x0620 && code <= 0x06ff
}

/**
 * Light stemming of an Arabic word after Larkey, Ballesteros and Connell, "Light stemming for Arabic information
 * retrieval" (2007), the variant light10: short vowels and spelling variants of alef are levelled, then the article
 * with its prepositions, a leading "and" and the commonest endings are cut, as long as two letters remain. Other
 * languages in Arabic script lose at most the same endings in documents and in queries.
 */
export function arabicStem(word: string): string {
  const bare = word
    .replace(MARKS_AND_TATWEEL, '')
    .replace(ALEF_VARIANTS, '\u0627')
    .replace(/\u0649/g, '\u064a')
  const stem = bare.replace(DEFINITE_ARTICLE, '').replace(AND, '').replace(SUFFIX, '')
  return stem === '' ? word : stem
}
