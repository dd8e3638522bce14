import type { Random } from './random.ts'

/** Where a sentence comes from, and what it may be spoilt with. */
export interface Surroundings {
  /** The quote, with the title. */
  readonly quote: string
  /** Names of the same paragraph, without those of the sentence. */
  readonly near: readonly string[]
  /** Names of other articles. */
  readonly far: readonly string[]
}

/** Makes a sentence claim something else; undefined where its pattern does not fit. */
export type Corruption = (sentence: string, random: Random, around: Surroundings) => string | undefined

const FIGURES = /\d[\d,.]*\d|\d/g
const COUNTS = ['two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'twelve']
const COUNT = new RegExp(`\\b(?:${COUNTS.join('|')})\\b`, 'g')

const replacedAt = (text: string, at: number, length: number, by: string): string =>
  text.slice(0, at) + by + text.slice(at + length)

const number: Corruption = (sentence, random) => {
  const found = [...sentence.matchAll(FIGURES)]
  if (found.length > 0) {
    const { 0: figures, index } = random.pick(found)
    if (/^\d{4}$/.test(figures)) {
      const year = String(Number(figures) + random.pick([-31, -10, -4, -1, 1, 3, 9, 20]))
      return replacedAt(sentence, index, figures.length, year)
    }
    const places = [...figures.matchAll(/\d/g)].map((digit) => digit.index)
    const place = random.pick(places)
    const digit = random.pick(
      Array.from('0123456789').filter((other) => other !== figures[place] && !(place === places[0] && other === '0')),
    )
    return replacedAt(sentence, index + place, 1, digit)
  }
  const words = [...sentence.matchAll(COUNT)]
  if (words.length === 0) return undefined
  const { 0: word, index } = random.pick(words)
  return replacedAt(sentence, index, word.length, random.pick(COUNTS.filter((other) => other !== word)))
}

const NAME = /\p{Lu}[\p{L}\p{M}’'-]+(?: (?:of the |of |de |von )?\p{Lu}[\p{L}\p{M}’'-]+)*/gu

/** Capitalised words that do not open the sentence, with those that go on with them. */
export const namesIn = (sentence: string): string[] =>
  [...sentence.matchAll(NAME)].filter(({ 0: name, index }) => index > 0 && name.length > 3).map(([name]) => name)

/** For one of the same paragraph more often than not; never for one that the quote or its title holds. */
const name: Corruption = (sentence, random, { quote, near, far }) => {
  const found = namesIn(sentence)
  if (found.length === 0) return undefined
  const own = random.pick(found)
  const isOther = (other: string): boolean =>
    !quote.includes(other) && !sentence.includes(other) && !other.split(' ').some((word) => own.includes(word))
  const close = near.filter(isOther)
  const others = close.length === 0 || random.next() < 0.4 ? far.filter(isOther) : close
  return others.length === 0 ? undefined : sentence.replace(own, () => random.pick(others))
}

const negationIn: Corruption = (sentence) => {
  const verb = /\b(?:was|were|is|are|had|could|can|would|will|may|did|has|have)\b(?! not)/.exec(sentence)
  if (verb !== null) return replacedAt(sentence, verb.index, verb[0].length, `${verb[0]} not`)
  const past = / (\p{Ll}{3,}ed) (?:the|a|an|to|in|by)\b/u.exec(sentence)
  return past === null ? undefined : replacedAt(sentence, past.index, 0, ' never')
}

const negationOut: Corruption = (sentence) => {
  if (/\bnot (?:only|just|merely)\b|\bno (?:longer|more|less|fewer|one)\b|\bor not\b/i.test(sentence)) return undefined
  const other = sentence
    .replace(/\b(?:did|does|do) not /, '')
    .replace(/ (?:not|never)\b/, '')
    .replace(/\bcannot\b/, 'can')
    .replace(/\bwithout\b/, 'with')
    .replace(/\b[Nn]o (?=\p{Ll})/u, (no) => (no.startsWith('N') ? 'A ' : 'a '))
  return other === sentence ? undefined : other
}

const ANTONYMS: ReadonlyMap<string, string> = new Map(
  (
    'increase>decrease increased>decreased more>fewer higher>lower highest>lowest largest>smallest larger>smaller ' +
    'first>last before>after after>before northern>southern southern>northern eastern>western western>eastern ' +
    'north>south south>north east>west west>east won>lost early>late most>least major>minor majority>minority ' +
    'high>low large>small old>new began>ended strong>weak long>short public>private positive>negative ' +
    'rising>falling accepted>rejected allowed>banned cheap>costly friendly>hostile modern>ancient ' +
    'voluntary>compulsory urban>rural domestic>foreign rapidly>slowly wealthy>needy liberal>conservative ' +
    'formal>informal'
  )
    .split(' ')
    .map((pair): [string, string] => {
      const [word = '', other = ''] = pair.split('>')
      return [word, other]
    }),
)

const antonym: Corruption = (sentence, random) => {
  const found = [...sentence.matchAll(/\p{L}+/gu)].filter(([word]) => ANTONYMS.has(word))
  if (found.length === 0) return undefined
  const { 0: word, index } = random.pick(found)
  return replacedAt(sentence, index, word.length, ANTONYMS.get(word) ?? '')
}

interface Piece {
  readonly text: string
  readonly index: number
}

function swapped(sentence: string, first: Piece, second: Piece): string {
  const between = sentence.slice(first.index + first.text.length, second.index)
  const behind = sentence.slice(second.index + second.text.length)
  return sentence.slice(0, first.index) + second.text + between + first.text + behind
}

const VERB = / (?:\p{Ll}+ed|\p{Ll}+s|was|is|were|are|won|led|gave|took|beat|wrote|became|made) /u
const NO_NAME =
  /^(?:A|An|And|As|At|But|By|For|From|He|Her|His|If|In|It|Its|Many|Most|Of|On|One|She|Since|Some|That|The|Their|There|These|They|This|Those|To|When|While|With)$/

/** Two names on either side of a verb change places. */
const roles: Corruption = (sentence) => {
  const found = [...sentence.matchAll(NAME)]
    .map(({ 0: text, index }): Piece => ({ text, index }))
    .filter(({ text, index }) => text.length > 3 && !(index === 0 && NO_NAME.test(text.split(' ')[0] ?? '')))
  for (const [i, first] of found.entries()) {
    const second = found[i + 1]
    if (second === undefined) break
    const between = sentence.slice(first.index + first.text.length, second.index)
    if (first.text.includes(second.text) || second.text.includes(first.text)) continue
    if (between.length < 80 && VERB.test(between)) return swapped(sentence, first, second)
  }
  return undefined
}

const numbers: Corruption = (sentence) => {
  const found = [...sentence.matchAll(/(?<![\d,.])(?:\d[\d,.]*\d|\d)(?![\p{L}\d])/gu)].map(
    ({ 0: text, index }): Piece => ({ text, index }),
  )
  for (const [i, first] of found.entries()) {
    const second = found[i + 1]
    if (second === undefined) break
    if (first.text !== second.text && second.index - first.index > 12) return swapped(sentence, first, second)
  }
  return undefined
}

/** `headline`: of those that are counted together; the two swaps change no word, and can only be doubted. */
export const CORRUPTIONS: Readonly<Record<string, { readonly make: Corruption; readonly headline: boolean }>> = {
  'number changed': { make: number, headline: true },
  'name swapped': { make: name, headline: true },
  'negation put in': { make: negationIn, headline: true },
  'negation taken out': { make: negationOut, headline: true },
  'listed antonym': { make: antonym, headline: false },
  'two numbers swapped': { make: numbers, headline: false },
  'roles swapped': { make: roles, headline: false },
}
