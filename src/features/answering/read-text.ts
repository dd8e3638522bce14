import { datesIn } from './dates.ts'
import type { DateFound } from './dates.ts'
import { isNumber, numbersOf } from './numbers.ts'
import type { NumberFound } from './numbers.ts'
import { wordsOf } from './words.ts'
import type { Word } from './words.ts'

/** Those whose words of negation are known; `en` also where nothing tells. */
export type ReadLanguage = 'en' | 'de' | 'es' | 'fr'

/** A word with its place among the others. */
export interface Token extends Word {
  readonly index: number
  /** Those of one clause, between marks such as a comma or a bracket, have the same number. */
  readonly clause: number
  /** Whether it says what the sentence is about: no function word, number or negation. */
  readonly content: boolean
  readonly isNumber: boolean
  /** A word of negation. */
  readonly negates: boolean
  /** A word that may deny, as “outside” or “prevent”: it excuses a negation of the other text, and needs none there. */
  readonly mayNegate: boolean
}

/** A sentence, quote or title as claims and quotes are compared. */
export interface ReadText {
  readonly text: string
  readonly tokens: readonly Token[]
  readonly numbers: readonly NumberFound[]
  readonly dates: readonly DateFound[]
  readonly language: ReadLanguage
  readonly lowers: ReadonlySet<string>
  /** Where each stem stands. */
  readonly stems: ReadonlyMap<string, readonly Token[]>
}

const list = (words: string): ReadonlySet<string> => new Set(words.split(' '))

/** Words that join or introduce, as a model's `yes` and `according to the evidence`. */
const EXTRA_STOP = list(
  'yes according evidence document documents passage excerpt source sources would also could should so such if but ' +
    'while although though because since however thus therefore only just even still yet upon within among between ' +
    'through over under per via had having him them our us all any each either both some more most other another very ' +
    'until unless despite whereas whether together along across around against among toward towards besides beyond except ' +
    'instead rather perhaps moreover furthermore meanwhile otherwise indeed finally overall initially eventually subsequently ' +
    'notably specifically additionally similarly consequently accordingly hence nevertheless nonetheless likewise currently ' +
    'recently previously originally often sometimes usually generally typically mainly mostly primarily largely especially ' +
    'particularly including like several many much own same around roughly approximately nearly almost already later then ' +
    'become becomes became make makes made take takes took taken use uses used include includes included get got gets ' +
    'himself herself itself themselves someone anyone people thing things way ways kind called known one ones able well',
)
const FUNCTION_WORDS: Readonly<Record<ReadLanguage, ReadonlySet<string>>> = {
  en: list('the of and to in is was were are by for with that from as at it which has have had be an its this'),
  de: list('der die das und ist wurde von zu im mit auf für ein eine des dem den nicht sich als aus bei nach einer'),
  es: list('el la los las de y en que del por con una un se su fue es para al como más'),
  fr: list('le la les des et est une du dans que pour qui par sur au aux il elle son'),
}
const NEGATIONS: Readonly<Record<ReadLanguage, ReadonlySet<string>>> = {
  en: list(
    'not never no none neither nor cannot without nobody nothing nowhere hardly barely scarcely lack lacks lacked ' +
      'lacking fail fails failed failing refuse refuses refused refusing deny denies denied unable',
  ),
  de: list('nicht kein keine keinen keinem keiner keines nie niemals ohne weder niemand nichts nirgends'),
  es: list('no nunca jamás sin ningún ninguna ninguno nadie nada tampoco ni'),
  fr: list('ne pas jamais sans aucun aucune rien personne ni'),
}
const MAY_NEGATE = list(
  'outside exempt exempted absence absent avoid avoids avoided avoiding prevent prevents prevented preventing prohibit ' +
    'prohibits prohibited forbid forbids forbidden ban bans banned exclude excludes excluded excluding except instead ' +
    'rather rarely seldom few little stop stops stopped cease ceased missing lost devoid empty unlike against reject rejects ' +
    'rejected decline declined discourage discouraged impossible only beyond away neither too disqualify disqualifies ' +
    'disqualified bar bars barred ineligible unsuccessful unsuccessfully unknown unclear uncertain',
)
/** “No fewer than”, “no doubt”: what follows holds. */
const HOLDS_AFTER_NO = list('doubt fewer less more')
/** So it does after “no later than 1773”. */
const BOUNDS = list('later earlier sooner larger smaller greater higher lower')
/** So it does after “not only …, but”. */
const HOLDS_AFTER_NOT = list('only just merely simply')

function languageOf(words: readonly Word[]): ReadLanguage {
  let best: ReadLanguage = 'en'
  let most = 0
  for (const language of ['en', 'de', 'es', 'fr'] as const) {
    const known = FUNCTION_WORDS[language]
    let count = 0
    for (const { lower } of words) if (known.has(lower)) count++
    if (count > most) [best, most] = [language, count]
  }
  return best
}

/** The `t` of `don't`, of which the words are `don` and `t`. */
function isContractedNot(text: string, word: Word, before: Word | undefined): boolean {
  if (word.lower !== 't' || before === undefined || !before.lower.endsWith('n')) return false
  return /^['’]$/.test(text.slice(before.offset + before.text.length, word.offset))
}

function isNegation(text: string, words: readonly Word[], at: number, negations: ReadonlySet<string>): boolean {
  const word = words[at] as Word
  const next = words[at + 1]
  if (word.lower === 't') return isContractedNot(text, word, words[at - 1])
  if (word.lower === 'non') return /^[-‐‑]\p{L}/u.test(text.slice(word.offset + 3, word.offset + 5))
  if (!negations.has(word.lower)) return false
  if (word.lower === 'not') {
    if (words[at - 1]?.lower === 'or' && !/^ \p{L}/u.test(text.slice(word.offset + 3, word.offset + 5))) return false
    // “May or may not”
    if (words[at - 2]?.lower === 'or' && words[at - 1]?.lower === words[at - 3]?.lower) return false
    return !(HOLDS_AFTER_NOT.has(next?.lower ?? '') && words.slice(at + 2).some(({ lower }) => lower === 'but'))
  }
  // “Yes” or “no”: an answer denies no word that follows.
  if (word.lower === 'no' && !/^[\s-]+[\p{L}\d"'“‘„«]/u.test(text.slice(word.offset + 2, word.offset + 6))) return false
  // “No. 5”
  if (word.lower === 'no' && /^\.? ?\d/.test(text.slice(word.offset + 2, word.offset + 6))) return false
  if (word.lower === 'no' && BOUNDS.has(next?.lower ?? '') && words[at + 2]?.lower === 'than') return false
  return !((word.lower === 'no' || word.lower === 'without') && HOLDS_AFTER_NO.has(next?.lower ?? ''))
}

/** Whether a word may deny what follows: “other than”, “free of”, or one that always may. */
function isWeakNegation({ lower }: Word, next: Word | undefined): boolean {
  if (lower === 'other') return next?.lower === 'than'
  if (lower === 'free') return next?.lower === 'of' || next?.lower === 'from'
  return MAY_NEGATE.has(lower)
}

const CLAUSE_MARK = /[,;:()—–\n]|(?<=\s)-(?=\s)/

export function readText(text: string): ReadText {
  const words = wordsOf(text)
  const language = languageOf(words)
  const negations = NEGATIONS[language]
  let clause = 0
  const tokens: Token[] = []
  const lowers = new Set<string>()
  const stems = new Map<string, Token[]>()
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as Word
    const before = words[index - 1]
    if (before !== undefined && CLAUSE_MARK.test(text.slice(before.offset + before.text.length, word.offset))) clause++
    const number = isNumber(word.lower)
    const negates = isNegation(text, words, index, negations)
    const content = !word.stop && !negates && !number && !EXTRA_STOP.has(word.lower)
    const mayNegate = isWeakNegation(word, words[index + 1])
    const token: Token = { ...word, index, clause, content, isNumber: number, negates, mayNegate }
    tokens.push(token)
    lowers.add(token.lower)
    const same = stems.get(token.stem)
    if (same === undefined) stems.set(token.stem, [token])
    else same.push(token)
  }
  return { text, tokens, numbers: numbersOf(text, words), dates: datesIn(text), language, lowers, stems }
}

/** The words of a text that have to be found in its quote. */
export const contentOf = (text: string): Token[] => readText(text).tokens.filter(({ content }) => content)
