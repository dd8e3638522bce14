import { detached } from '../../core/detached.ts'
import { stem } from '../../index/analyzer.ts'

/** A word of a text as the answering formulas read it. `offset` counts UTF-16 code units from the text's start. */
export interface Word {
  readonly text: string
  readonly lower: string
  readonly stem: string
  readonly offset: number
  readonly stop: boolean
  readonly capital: boolean
  readonly number: boolean
  readonly date: boolean
}

const list = (words: string): ReadonlySet<string> => new Set(words.split(' '))

/** Words of a question that say nothing about its subject; question words are among them. */
const STOP = list(
  'a an the of in on at to for by with from and or is are was were be been being do does did what which who whom ' +
    'whose when where why how many much that this these those it its as has have had than then into about after ' +
    'before during can could would will may might not no he she they his her their i you we s t also there',
)
const NUMBER_WORDS = list(
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen ' +
    'eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion ' +
    'trillion half dozen dozens hundreds thousands millions twice once third quarter zero none both',
)
const MONTHS_AND_DAYS = list(
  'january february march april june july august september october november december may monday tuesday wednesday ' +
    'thursday friday saturday sunday',
)
const WORD = /[\p{L}\p{M}\p{N}]+(?:[.,]\p{N}+)*/gu
const CAPITAL = /^\p{Lu}/u
const YEAR = /^(?:1\d{3}|20\d\d)s?$/
const DATE_WORD = /^(?:century|centuries|decade|\d{1,2}(?:st|nd|rd|th))$/
const SHORT_NUMBER = /^\d{1,4}$/
const PRONOUN = /^(?:he|she|it|they|this|these|those|his|her|its|their|such|here|there|one|both|another)$/

export const isPronoun = (lower: string): boolean => PRONOUN.test(lower)

const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

let dictionary: Intl.Segmenter | undefined

const isDigit = (code: number): boolean => code >= 48 && code <= 57
/** Of ASCII. */
const isLetterOrDigit = (code: number): boolean =>
  isDigit(code) || (code >= 97 && code <= 122) || (code >= 65 && code <= 90)

/**
 * Runs of letters and figures, a number with its separators: what `WORD` finds, read by hand where all is ASCII, as most
 * is. This is the inner loop of an answer.
 */
export function forEachRun(text: string, visit: (run: string, offset: number, isAscii: boolean) => void): void {
  for (let at = 0; at < text.length;) {
    const start = at
    while (isLetterOrDigit(text.charCodeAt(at))) at++
    for (;;) {
      const mark = text.charCodeAt(at)
      if (at === start || (mark !== 46 && mark !== 44) || !isDigit(text.charCodeAt(at + 1))) break
      at++
      while (isDigit(text.charCodeAt(at))) at++
    }
    if (text.charCodeAt(at) > 127) {
      // A word begins here, or goes on, by rules that only the pattern knows.
      WORD.lastIndex = start
      const match = WORD.exec(text)
      if (match === null) return
      visit(match[0], match.index, false)
      at = WORD.lastIndex
    } else if (at > start) visit(text.slice(start, at), start, true)
    else at++
  }
}

/** What a run of letters is wherever it stands. */
type WordKind = Omit<Word, 'offset'>

function kindOf(run: string): WordKind {
  const lower = run.toLowerCase()
  const capital = CAPITAL.test(run)
  return {
    text: run,
    lower,
    stem: stem(lower),
    stop: STOP.has(lower),
    capital,
    number: /\d/.test(run) || NUMBER_WORDS.has(lower),
    date: YEAR.test(run) || (capital && MONTHS_AND_DAYS.has(lower)) || DATE_WORD.test(lower) || SHORT_NUMBER.test(run),
  }
}

/** A few thousand words make up most of any text, and reading them is most of the work of an answer. */
const KNOWN_WORDS = 20_000
/** Longer ones seldom come again. */
const LONGEST_KNOWN = 32
const known = new Map<string, WordKind>()

function knownKind(run: string): WordKind {
  if (run.length > LONGEST_KNOWN) return kindOf(run)
  let kind = known.get(run)
  if (kind === undefined) {
    if (known.size >= KNOWN_WORDS) known.clear()
    const own = detached(run)
    kind = kindOf(own)
    known.set(own, kind)
  }
  return kind
}

/** The words of a text in order; a number keeps its separators (`1,000`, `3.5`). */
export function wordsOf(text: string): Word[] {
  const words: Word[] = []
  const add = (run: string, offset: number): void => {
    const { text: own, lower, stem: root, stop, capital, number, date } = knownKind(run)
    // "May" is a month where it does not open the text.
    const isStop = stop && !(capital && offset > 0 && lower === 'may')
    words.push({ text: own, lower, stem: root, offset, stop: isStop, capital, number, date })
  }
  forEachRun(text, (run, offset, isAscii) => {
    if (isAscii || !UNSPACED.test(run)) return add(run, offset)
    // Where a script writes no spaces, the words of a dictionary.
    dictionary ??= new Intl.Segmenter('zh', { granularity: 'word' })
    for (const piece of dictionary.segment(run)) add(piece.segment, offset + piece.index)
  })
  return words
}

/** A title as words: file names write spaces as underscores. */
export const readableTitle = (title: string): string => title.replaceAll('_', ' ').trim()
