import { wordsOf } from './words.ts'
import type { Word } from './words.ts'

export type QuestionType = 'date' | 'number' | 'name' | 'place' | 'reason' | 'open'

/** A content word of the question; `weight` is its idf in the owner's index. */
export interface QuestionTerm {
  readonly word: Word
  readonly weight: number
}

export interface Question {
  readonly text: string
  readonly type: QuestionType
  /** One a distinct stem, in order, stop words left out. */
  readonly terms: readonly QuestionTerm[]
  /** Sum of the weights; 1 where there is no content word, so that shares can be divided by it. */
  readonly totalWeight: number
}

const PATTERNS: readonly (readonly [QuestionType, RegExp])[] = [
  [
    'date',
    /\bwhen\b|\b(?:what|which|that) (?:\w+ )?(?:year|date|day|month|century|decade|era|period|time)\b|\bhow long ago\b|\bsince when\b/,
  ],
  [
    'number',
    /\bhow (?:many|much|long|old|far|tall|big|large|high|deep|wide|fast|often|heavy|few)\b|\b(?:percent|percentage)\b|\bwhat (?:is|was|are|were) the (?:\w+ )?(?:number|amount|population|average|total|cost|price|rate|ratio|size|length|height|temperature|score)\b|\bwhat (?:number|amount|portion|fraction|proportion)\b/,
  ],
  [
    'name',
    /\b(?:who|whom|whose)\b|\b(?:what|which) (?:\w+ )?(?:person|player|king|queen|emperor|president|scientist|author|actor|actress|singer|company|organi[sz]ation|group|team|party|university|school)\b|\b(?:name of|named|called)\b/,
  ],
  [
    'place',
    /\bwhere\b|\b(?:what|which) (?:\w+ )?(?:city|country|state|place|region|town|area|continent|river|island|county|location|street|stadium|nation|countries|cities|states)\b/,
  ],
  ['reason', /\bwhy\b|\bwhat (?:caused|causes|reason|led)\b/],
]

/** What kind of words an answer must hold. The patterns are English; a question in another language is `open`. */
export function questionType(text: string): QuestionType {
  const lower = text.toLowerCase()
  return PATTERNS.find(([, pattern]) => pattern.test(lower))?.[0] ?? 'open'
}

/** English first: German "was" is an English verb. */
const QUESTION_WORDS: readonly RegExp[] = [
  /\b(?:what|which|who|whom|whose|when|where|why|how)\b/i,
  // German
  /(?<!\p{L})(?:was|welche[rsnm]?|wer|wem|wen|wessen|wann|warum|wieso|weshalb|wie(?:viele?)?|wo(?:hin|her|für|mit|durch|rin|ran|rauf|rüber|von|zu|nach|rum|bei)?)(?!\p{L})/iu,
  // Spanish
  /(?<!\p{L})(?:por qué|qué|quién(?:es)?|cuándo|a?dónde|cuál(?:es)?|cómo|cuánt[oa]s?|que)(?!\p{L})/iu,
]

/** Where the word stands that asks, in English, German or Spanish; 0: none is known. In UTF-16 code units. */
export function questionWord(text: string): number {
  return QUESTION_WORDS.map((pattern) => text.search(pattern)).find((at) => at !== -1) ?? 0
}

/** The distinct content words of a question, to be weighed by the index. */
export function contentWords(text: string): Word[] {
  const seen = new Set<string>()
  return wordsOf(text).filter((word) => {
    if (word.stop || seen.has(word.stem)) return false
    seen.add(word.stem)
    return true
  })
}

/** @param weights idf of each of `words` */
export function readQuestion(text: string, words: readonly Word[], weights: ArrayLike<number>): Question {
  const terms = words.map((word, i) => ({ word, weight: weights[i] ?? 0 }))
  const totalWeight = terms.reduce((sum, { weight }) => sum + weight, 0)
  return { text, type: questionType(text), terms, totalWeight: totalWeight > 0 ? totalWeight : 1 }
}
