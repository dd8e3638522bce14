import type { Random } from './random.ts'

/**
 * Says a sentence in other words without changing what it claims; undefined where its pattern does not fit. None knows
 * anything of the checker, and the checker has no list of synonyms.
 */
export type Paraphrase = (sentence: string, random: Random) => string | undefined

const SYNONYMS: ReadonlyMap<string, string> = new Map(
  (
    'large>sizeable big>great many>numerous important>significant began>started begin>start built>constructed ' +
    'help>assist helped>assisted used>employed use>employ made>produced make>produce shows>indicates ' +
    'showed>indicated show>indicate known>recognised called>termed often>frequently usually>typically near>close ' +
    'people>persons city>municipality area>zone country>nation work>labour found>discovered said>stated led>headed ' +
    'gave>granted became>turned become>turn main>principal several>various small>tiny created>formed create>form ' +
    'also>additionally however>nevertheless about>around approximately>about moved>relocated obtain>get ' +
    'obtained>got require>need required>needed difficult>hard attempt>try attempted>tried whole>entire ' +
    'famous>renowned rapidly>quickly method>approach children>kids ended>finished allows>permits ' +
    'allowed>permitted received>got sent>dispatched wrote>penned killed>slain bought>purchased chosen>selected ' +
    'selected>chosen located>situated considered>regarded believed>thought provide>offer provided>offered ' +
    'provides>offers'
  )
    .split(' ')
    .map((pair): [string, string] => {
      const [word = '', other = ''] = pair.split('>')
      return [word, other]
    }),
)
const MOST_SYNONYMS = 4

const FIRST_IS_NAME = /^(?:I\b|\p{Lu}\p{L}*\s+\p{Lu}|\p{Lu}{2})/u
const lowered = (text: string): string =>
  FIRST_IS_NAME.test(text) ? text : text.slice(0, 1).toLowerCase() + text.slice(1)
const raised = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
const body = (sentence: string): string => sentence.trim().replace(/[.!?]["”]?$/, '')
const changed = (now: string, before: string): string | undefined => (now === before ? undefined : now)

const OPENING =
  /^(?:In|On|At|After|During|By|For|With|While|Although|When|As|Since|Before|Despite|Under|Through|From|Until|Because|If)\b/
const CLOSING = /^(?:in|on|at|after|during|by|with|while|when|as|since|before|because|although)\b/
const APPENDED =
  /^(?:which|while|where|with|including|such as|although|and|making|as|who|though|after|because|along with)\b/

/** “In 1932, it was opened.” ↔ “It was opened in 1932.” */
const clauseOrder: Paraphrase = (sentence) => {
  const text = body(sentence)
  const first = text.indexOf(', ')
  if (first < 0) return undefined
  if (OPENING.test(text) && first < 80) return `${raised(text.slice(first + 2))} ${lowered(text.slice(0, first))}.`
  const last = text.lastIndexOf(', ')
  const tail = text.slice(last + 2)
  if (!CLOSING.test(tail) || tail.length <= 12) return undefined
  return `${raised(tail)}, ${lowered(text.slice(0, last))}.`
}

const synonyms: Paraphrase = (sentence) => {
  let replaced = 0
  const other = sentence.replace(/\p{L}+/gu, (word) => {
    const synonym = SYNONYMS.get(word)
    if (synonym === undefined || replaced >= MOST_SYNONYMS) return word
    replaced++
    return synonym
  })
  return changed(other, sentence)
}

/** Leaves out brackets, an opening or closing adjunct, or an inserted clause. */
const adjunctDropped: Paraphrase = (sentence) => {
  const text = body(sentence)
  const withoutBrackets = text.replace(/\s*\([^)]*\)/g, '')
  if (withoutBrackets !== text) return `${withoutBrackets}.`
  const first = text.indexOf(', ')
  if (first > 0 && first < 60 && OPENING.test(text) && text.length - first > 50)
    return `${raised(text.slice(first + 2))}.`
  const last = text.lastIndexOf(', ')
  if (last > 60 && APPENDED.test(text.slice(last + 2))) return `${text.slice(0, last)}.`
  const withoutInsertion = text.replace(/, (?:which|who|including|such as|along with)[^,]{5,60},/, '')
  return withoutInsertion === text ? undefined : `${withoutInsertion}.`
}

const OTHER_TENSE: ReadonlyMap<string, string> = new Map([
  ['was', 'has been'],
  ['were', 'have been'],
  ['is', 'was'],
  ['are', 'were'],
  ['has', 'had'],
  ['have', 'had'],
])

/** Another tense, another grammatical number: as careless as a model's, and the same facts. */
const inflection: Paraphrase = (sentence, random) => {
  let replaced = 0
  const other = sentence.replace(/\b(?:was|were|is|are|has|have|\p{Ll}{4,}ed|\p{Ll}{4,}[^s]s)\b/gu, (word) => {
    if (replaced >= 3 || random.next() < 0.4) return word
    replaced++
    return OTHER_TENSE.get(word) ?? (word.endsWith('ed') ? `had ${word}` : word.slice(0, -1))
  })
  return changed(other, sentence)
}

const NUMBER_WORDS: ReadonlyMap<string, string> = new Map(
  'two 2 three 3 four 4 five 5 six 6 seven 7 eight 8 nine 9 ten 10 twelve 12 twenty 20'
    .match(/\S+ \S+/g)
    ?.map((pair) => pair.split(' ') as [string, string]),
)
const NUMBER_FIGURES = new Map(Array.from(NUMBER_WORDS, ([word, figures]) => [figures, word]))

/** 1,000 ↔ 1000, 2 million → 2,000,000, 5% ↔ 5 percent, two ↔ 2. */
const numberFormat: Paraphrase = (sentence) => {
  const percent = /\d percent/.test(sentence)
    ? sentence.replace(/(\d) percent/, '$1%')
    : sentence.replace(/(\d)%/g, '$1 percent')
  const figures = percent
    .replace(/\b\d{1,3}(?:,\d{3})+\b/g, (number) => number.replaceAll(',', ''))
    .replace(/(?<![\d,.])(\d+(?:\.\d+)?) million/g, (_, number: string) =>
      Math.round(Number(number) * 1e6).toLocaleString('en-US'),
    )
    .replace(
      /(?<![-–\p{L}])(?:two|three|four|five|six|seven|eight|nine|ten|twelve|twenty)(?![-–\p{L}])(?! (?:hundred|thousand|million|billion))/gu,
      (word) => NUMBER_WORDS.get(word) ?? word,
    )
  if (figures !== sentence) return figures
  const words = sentence.replace(
    /(?<=\s)(?:2|3|4|5|6|7|8|9|10|12|20)(?=\s\p{Ll})(?! (?:hundred|thousand|million|billion|percent))/u,
    (number) => NUMBER_FIGURES.get(number) ?? number,
  )
  return changed(words, sentence)
}

/** “The bridge was opened …” → “It was the bridge that was opened …” */
const cleft: Paraphrase = (sentence) => {
  const parts =
    /^((?:The |A )?(?:\p{Lu}[\p{L}’'-]*|[\p{Ll}-]+)(?: (?:of|the|and)? ?\p{L}+){0,3}) (was|is|were|are) (.+)$/u.exec(
      sentence.trim(),
    )
  const [, subject = '', verb = '', rest = ''] = parts ?? []
  if (parts === null || /^(?:It|There|This|He|She|They|In|On|At)\b/.test(subject)) return undefined
  return `It ${verb === 'is' || verb === 'are' ? 'is' : 'was'} ${lowered(subject)} that ${verb} ${rest}`
}

export const PARAPHRASES: Readonly<Record<string, Paraphrase>> = {
  'clause order': clauseOrder,
  synonyms,
  'adjunct dropped': adjunctDropped,
  'tense, number inflection': inflection,
  'number format': numberFormat,
  '“It was X that…”': cleft,
}

/** The pronoun that a sentence opens with, as the title that it stands for. */
export function pronounToTitle(sentence: string, title: string): string | undefined {
  const pronoun = /^(?:He|She|It|They) /.exec(sentence)?.[0]
  return pronoun === undefined ? undefined : `${title} ${sentence.slice(pronoun.length)}`
}

/** Two paraphrases on top of each other, where two fit. */
export function twice(sentence: string, random: Random): string | undefined {
  const shuffled = Object.values(PARAPHRASES)
    .map((paraphrase) => ({ paraphrase, order: random.next() }))
    .toSorted((a, b) => a.order - b.order)
  let text = sentence
  let applied = 0
  for (const { paraphrase } of shuffled) {
    const next = paraphrase(text, random)
    if (next === undefined) continue
    text = next
    if (++applied === 2) return text
  }
  return undefined
}
