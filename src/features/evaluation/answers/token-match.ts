/** Languages whose articles say nothing about whether two answers are the same. */
export const ANSWER_LANGUAGES = ['en', 'de', 'es', 'fr', 'ar', 'none'] as const
export type AnswerLanguage = (typeof ANSWER_LANGUAGES)[number]

const ARTICLES: Readonly<Record<AnswerLanguage, ReadonlySet<string>>> = {
  en: new Set(['a', 'an', 'the']),
  de: new Set('ein eine einen einem einer eines der die das den dem des'.split(' ')),
  es: new Set('un una unos unas el la los las'.split(' ')),
  fr: new Set('un une des le la les du l'.split(' ')),
  ar: new Set(),
  none: new Set(),
}

/** What python's string.punctuation and Unicode call punctuation; it goes, without a space in its place. */
const PUNCTUATION = /[\p{P}$+<=>^`|~]/gu
/** Scripts that put no space between words are compared character by character. */
const ONE_BY_ONE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu
const ARABIC_ARTICLE = /^ال/u

/**
 * The tokens of an answer as SQuAD compares them (Rajpurkar et al. 2016: lower case, without punctuation and articles),
 * in other languages as MLQA does (Lewis et al. 2020): their own articles, all of Unicode's punctuation, and Chinese,
 * Japanese and Thai by the character. In German a contraction such as "im" is no article.
 */
export function answerTokens(text: string, language: AnswerLanguage): string[] {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(PUNCTUATION, '')
    .replace(ONE_BY_ONE, ' $& ')
    .split(/\s+/)
    .filter((token) => token !== '' && !ARTICLES[language].has(token))
  return language === 'ar' ? plain.map((token) => token.replace(ARABIC_ARTICLE, '')) : plain
}

/**
 * Whether the tokens of one of the gold answers stand in the answer, one behind the other. One of which nothing is left to
 * compare by, such as an article or a sign, must stand there as it is.
 */
export const containsGold = (answer: string, gold: readonly string[], language: AnswerLanguage): boolean =>
  gold.some((one) => {
    if (answerTokens(one, 'none').length === 0) return answer.includes(one)
    const by = answerTokens(one, language).length === 0 ? 'none' : language
    const phrase = (text: string): string => ` ${answerTokens(text, by).join(' ')} `
    return phrase(answer).includes(phrase(one))
  })

/** The best F1 of the answer's tokens against those of a gold answer, 0 to 1: tokens count as often as they stand. */
export function tokenF1(answer: string, gold: readonly string[], language: AnswerLanguage): number {
  const said = answerTokens(answer, language)
  return Math.max(0, ...gold.map((one) => f1(said, answerTokens(one, language))))
}

function f1(said: readonly string[], wanted: readonly string[]): number {
  if (said.length === 0 || wanted.length === 0) return said.length === wanted.length ? 1 : 0
  const left = new Map<string, number>()
  for (const token of wanted) left.set(token, (left.get(token) ?? 0) + 1)
  let same = 0
  for (const token of said) {
    const count = left.get(token) ?? 0
    if (count === 0) continue
    left.set(token, count - 1)
    same++
  }
  return (2 * same) / (said.length + wanted.length)
}
