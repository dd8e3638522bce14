// Texts, questions and vectors for the model of an index, each made from its seed alone.
import { randomFrom } from '../scripts/drills/random.ts'
import { exactVector, exactVectorNear } from './exact-vectors.ts'

export const DIMENSION = 24
const TOPICS = 8

/** Few enough to stand in many passages, and of every kind that the analyzer tells apart. */
const WORDS = [
  ...'cell cells running runs run treaty treaties nation nations the of and'.split(' '),
  ...'Haus Häuser Vertrag Verträge Nation laufen der und'.split(' '),
  ...'tratado tratados nación naciones correr los'.split(' '),
  ...'договор договоры нация المعاهدة معاهدة 北京 北京大学 条约 ประเทศไทย'.split(' '),
  ...'GPT-4o gpt 4o ISO-27001 NLRP3 snake_case x2 x2s 3.5 U.S.A. don’t state-of-the-art'.split(' '),
]
/** Side by side often enough to be asked for as a phrase. */
const PHRASES = ['running cells', 'treaty of nations', 'der Vertrag', 'GPT-4o runs', '北京大学', 'los tratados']
/** What tells a text's language. */
const ENDINGS = [
  '',
  '',
  'which they had with them and not from there',
  'und nicht oder aber auch wenn',
  'pero nosotros muy también para',
  'и не на он она они что как',
]
const UNKNOWN = ['zyzzyva', 'quux7', 'Unbekanntes']

type Random = () => number

const below = (random: Random, end: number): number => Math.floor(random() * end)
const oneOf = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)] as T

function words(random: Random, count: number): string {
  return Array.from({ length: count }, () =>
    random() < 0.15 ? oneOf(random, PHRASES) : oneOf(random, random() < 0.3 ? WORDS.slice(0, 8) : WORDS),
  ).join(' ')
}

export interface ModelPassage {
  readonly context: string
  readonly text: string
}

/** `short`: of a few words, as there are thousands in a table. */
export function passagesFrom(seed: number, count: number, { short = false } = {}): ModelPassage[] {
  const random = randomFrom(seed)
  const ending = oneOf(random, ENDINGS)
  return Array.from({ length: count }, () => ({
    context: random() < 0.1 ? words(random, 2) : '',
    text: `${words(random, 1 + below(random, short ? 3 : 30))} ${random() < 0.1 ? oneOf(random, ENDINGS) : ending}`,
  }))
}

export function titleFrom(seed: number): string {
  const random = randomFrom(seed)
  return words(random, below(random, 4))
}

/** Of words, with conditions in every third; now and then empty, or of nothing but what it excludes. */
export function questionFrom(seed: number): string {
  const random = randomFrom(seed)
  const asked = words(random, below(random, 6)) + (random() < 0.1 ? ` ${oneOf(random, UNKNOWN)}` : '')
  if (random() < 0.67) return asked
  const operand = oneOf(random, [...PHRASES, ...WORDS, ...UNKNOWN])
  const letters = oneOf(
    random,
    WORDS.filter((word) => /^\p{L}+$/u.test(word)),
  )
  const condition = oneOf(random, [`"${operand}"`, `+"${operand}"`, `-"${operand}"`, `+${letters}`, `-${letters}`])
  return random() < 0.5 ? `${condition} ${asked}` : `${asked} ${condition}`
}

/** Near to one of a few topics, and now and then the very same as others. */
export function vectorFrom(seed: number): Float32Array {
  const random = randomFrom(seed)
  const topic = exactVector(DIMENSION, below(random, TOPICS))
  return random() < 0.05 ? topic : exactVectorNear(topic, 0.5 + random(), seed)
}
