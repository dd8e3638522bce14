import type { Span } from '../../core/sentences.ts'
import type { Contradiction } from './answer.ts'
import { antonymDiffers } from './antonyms.ts'
import { comparedDate } from './dates.ts'
import { comparedNegation } from './negation.ts'
import { isRounded, sameNumber } from './numbers.ts'
import type { NumberFound } from './numbers.ts'
import { namesOf } from './names.ts'
import type { ReadText, Token } from './read-text.ts'
import type { ReadEvidence } from './support-place.ts'
import { found, readClaim, readQuote } from './read-claim.ts'
import type { ReadClaim, ReadQuote } from './read-claim.ts'
import type { WordWeight } from './support.ts'
import { readableTitle } from './words.ts'

/** Idf share of the claim's words that stand in a sentence which speaks of the same. */
const SAME_SUBJECT = 0.75
/** Share of that sentence's words that stand in the claim or in what carries it. */
const NOTHING_ELSE = 0.6
const SAME_WORD = 0.5
const MOST_SHOWN = 3

/** What carries a claim. */
interface Carrying extends Span {
  readonly passage: ReadEvidence
}

interface Found {
  readonly passage: ReadEvidence
  readonly span: Span
  readonly doubt: Contradiction['doubt']
}

/** What is left of both sides when equal ones are taken away. */
function unmatched(a: readonly NumberFound[], b: readonly NumberFound[]): [NumberFound[], NumberFound[]] {
  const isIn = (number: NumberFound, others: readonly NumberFound[]): boolean =>
    others.some((other) => sameNumber(number, other))
  return [a.filter((number) => !isIn(number, b)), b.filter((number) => !isIn(number, a))]
}

const isYear = ({ value, unit }: NumberFound): boolean =>
  typeof value === 'number' && unit === undefined && Number.isInteger(value) && value >= 1000 && value < 2100

const nextContent = ({ tokens }: ReadText, at: number): Token | undefined =>
  tokens.slice(at, at + 3).find(({ content }) => content)

/** Two numbers of one kind that cannot both be true of the same: years, percents, or counts of the same word. */
function contradict(claim: ReadText, a: NumberFound, quote: ReadText, b: NumberFound): boolean {
  if (typeof a.value !== 'number' || typeof b.value !== 'number' || a.free || b.free) return false
  if (isRounded(a, b, 'near') || isRounded(b, a, 'near')) return false
  if (a.unit !== b.unit || isYear(a) !== isYear(b)) return false
  if (isYear(a) || a.unit !== undefined) return true
  const [own, other] = [nextContent(claim, a.at + a.length), nextContent(quote, b.at + b.length)]
  return own !== undefined && own.stem === other?.stem
}

const inDates = ({ dates, tokens }: ReadText, { at }: NumberFound): boolean => {
  const offset = tokens[at]?.offset ?? -1
  return dates.some(({ start, end }) => offset >= start && offset < end)
}

/** The one number or date in which a sentence differs from the claim; undefined: none, or more than one. */
function numberAgainst(claim: ReadClaim, quote: ReadQuote): 'number' | 'date' | undefined {
  const [date, ...moreDates] = claim.dates
  const plain = (text: ReadText): NumberFound[] =>
    text.numbers.filter((number) => !number.free && !inDates(text, number))
  const [own, other] = unmatched(plain(claim), plain(quote))
  if (
    date !== undefined &&
    moreDates.length === 0 &&
    quote.dates.length === 1 &&
    own.length === 0 &&
    other.length === 0
  )
    return comparedDate(date, quote.dates) === 'other' ? 'date' : undefined
  if (claim.dates.some((one) => comparedDate(one, quote.dates) === 'other')) return undefined
  const [a, b] = [own[0], other[0]]
  if (a === undefined || b === undefined || own.length > 1 || other.length > 1) return undefined
  return contradict(claim, a, quote, b) ? 'number' : undefined
}

/** Whether two passages can be taken to speak of the same thing where the claim names none. */
function isSameSubject(claim: ReadClaim, carrying: ReadEvidence, other: ReadEvidence): boolean {
  const numbers = unmatched(carrying.context().numbers, other.context().numbers)
  if (numbers.some((left) => left.length > 0)) return false
  const [a, b] = [carrying.evidence, other.evidence]
  if (a.documentId === b.documentId) return true
  return claim.names.size > 0 || readableTitle(a.title).toLowerCase() === readableTitle(b.title).toLowerCase()
}

/** Share of the claim's words, all of its names among them, that a sentence holds; 0: a name is missing. */
function sharedSubject(claim: ReadClaim, quote: ReadQuote, weight: WordWeight): number {
  let [total, shared] = [0, 0]
  for (const word of claim.content) {
    const match = found(word, quote)
    if (claim.names.has(word) && match < SAME_WORD) return 0
    total += weight(word)
    shared += weight(word) * match
  }
  return total === 0 ? 0 : shared / total
}

function saysNothingElse(quote: ReadQuote, known: ReadQuote): boolean {
  const content = quote.tokens.filter((token) => token.content)
  const foreign = content.filter((word) => found(word, known) < SAME_WORD)
  if (Array.from(namesOf(quote)).some((name) => foreign.includes(name))) return false
  return content.length - foreign.length >= NOTHING_ELSE * content.length
}

/**
 * Sentences of the evidence that say the same as a claim with one other number or date, or deny it. Meant to be right
 * rather than complete: what differs in more than one thing is taken for another fact, and so is what has a name, or a
 * number in its title or headings, that the claim and its quote do not have.
 */
export function contradictionsOf(
  text: string,
  carrying: Carrying,
  passages: Iterable<ReadEvidence>,
  weight: WordWeight,
): Found[] {
  const claim = readClaim(text)
  const { evidence } = carrying.passage
  const quote = evidence.text.slice(carrying.start - evidence.start, carrying.end - evidence.start)
  const known = readQuote(`${text}\n${quote}`, carrying.passage.context())
  const against: Found[] = []
  for (const passage of passages) {
    if (!isSameSubject(claim, carrying.passage, passage)) continue
    for (let i = 0; i < passage.evidence.sentences.length && against.length < MOST_SHOWN; i++) {
      const { start, end, read } = passage.quote(i, 1)
      if (passage === carrying.passage && start < carrying.end && end > carrying.start) continue
      if (sharedSubject(claim, read, weight) < SAME_SUBJECT || !saysNothingElse(read, known)) continue
      if (antonymDiffers(claim, read)) continue
      const isDenied = comparedNegation(claim, read) === 'differs'
      const number = numberAgainst(claim, read)
      const isSameNumbers = unmatched(claim.numbers, read.numbers).every((left) => left.length === 0)
      const doubt = isDenied ? (isSameNumbers ? 'negation' : undefined) : number
      if (doubt !== undefined) against.push({ passage, span: { start, end }, doubt })
    }
  }
  return against
}
