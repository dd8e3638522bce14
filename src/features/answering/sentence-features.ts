import { assertNever } from '../../core/errors.ts'
import type { Question, QuestionType } from './question.ts'
import { softMatcher } from './soft-match.ts'
import { isPronoun } from './words.ts'
import type { Word } from './words.ts'

/** What the words of a sentence say about its answering the question. All are shares of the question's idf, 0 to 1. */
export interface LexicalFeatures {
  /** Of the question's words, how much stands in the sentence. */
  readonly coverage: number
  /** The same, a word of the title counting fully and one of the sentence before by `FROM_BEFORE`. */
  readonly coverageInContext: number
  /** How much of the question the sentence before holds better. */
  readonly coverageBefore: number
  /** .3 if a new word of the wanted kind is there, -.7 if not; 0 for an open question. */
  readonly typed: number
  /** How near such a word stands to the question's words. */
  readonly typedNear: number
  /** Idf share of each of the question's terms that stands in the sentence. */
  readonly covers: readonly number[]
}

/** A sentence matched against the question's terms: the best match of each, and the words' positions. */
interface TermMatches {
  readonly best: Float64Array
  /** Empty for a term that does not stand there. */
  readonly positions: readonly (readonly number[])[]
}

export interface ReadSentence {
  readonly words: readonly Word[]
  readonly matches: TermMatches
}

const FROM_BEFORE = 0.7
/** What being near is worth for an open question, where any new word may be the answer. */
const OPEN_NEAR = 0.7
/** Words of distance that halve a match's weight. */
const HALVING_DISTANCE = 6
const NOWHERE: readonly number[] = []
const REASON = /^(?:because|due|since|caus|result|order|thu|therefor|reason|led|lead)$/

/** Matches sentences against one question; a stem is compared with the question's terms only once. */
export function createSentenceReader(question: Question): (words: readonly Word[]) => ReadSentence {
  const matching = softMatcher(question.terms.map(({ word }) => word.stem))
  const known = new Map<string, ReturnType<typeof matching>>()
  const matchesOf = (stem: string): ReturnType<typeof matching> => {
    let matches = known.get(stem)
    if (matches === undefined) known.set(stem, (matches = matching(stem)))
    return matches
  }

  return (words) => {
    const best = new Float64Array(question.terms.length)
    const positions = question.terms.map(() => NOWHERE)
    for (let position = 0; position < words.length; position++) {
      const word = words[position] as Word
      if (word.stop) continue
      // Most words match nothing: the others are few enough for an array each.
      for (const [term, score] of matchesOf(word.stem)) {
        positions[term] = [...(positions[term] as readonly number[]), position]
        if (score > (best[term] as number)) best[term] = score
      }
    }
    return { words, matches: { best, positions } }
  }
}

function isWanted(type: QuestionType, word: Word, position: number): boolean {
  switch (type) {
    case 'date':
      return word.date
    case 'number':
      return word.number
    case 'name':
    case 'place':
      return word.capital && (position > 0 || !isPronoun(word.lower))
    case 'reason':
      return REASON.test(word.lower) || REASON.test(word.stem)
    case 'open':
      return true
    default:
      return assertNever(type)
  }
}

/** How near the word at `position` stands to the question's words, as an idf share. `found`: the terms that are there. */
function nearness(
  question: Question,
  { best, positions }: TermMatches,
  found: readonly number[],
  position: number,
): number {
  let sum = 0
  for (const term of found) {
    let distance = Infinity
    for (const p of positions[term] ?? NOWHERE) distance = Math.min(distance, Math.abs(p - position))
    sum += ((question.terms[term]?.weight ?? 0) * (best[term] ?? 0)) / (1 + distance / HALVING_DISTANCE)
  }
  return sum / question.totalWeight
}

/** Where new words stand: not of the question, and of the kind that it asks for. */
function newWords(question: Question, { words, matches }: ReadSentence): { found: boolean; near: number } {
  const ofQuestion = new Set(matches.positions.flat())
  const terms = [...matches.positions.keys()].filter((term) => (matches.positions[term] ?? []).length > 0)
  let found = false
  let near = 0
  for (let position = 0; position < words.length; position++) {
    const word = words[position] as Word
    const fresh = !word.stop && !ofQuestion.has(position)
    // "because" and its like may stand in the question itself ("what caused …") and still announce the answer.
    if (!isWanted(question.type, word, position) || !(fresh || question.type === 'reason')) continue
    found = true
    near = Math.max(near, nearness(question, matches, terms, position))
  }
  if (question.type !== 'open') return { found, near }
  return { found, near: near * OPEN_NEAR }
}

/**
 * @param before the sentence before it in the same passage
 * @param titleStems stems of the document's title
 */
export function lexicalFeatures(
  question: Question,
  sentence: ReadSentence,
  before: ReadSentence | undefined,
  titleStems: ReadonlySet<string>,
): LexicalFeatures {
  let coverage = 0
  let inContext = 0
  let coverageBefore = 0
  const covers = question.terms.map(({ word, weight }, term) => {
    const share = weight / question.totalWeight
    const here = sentence.matches.best[term] ?? 0
    const earlier = before?.matches.best[term] ?? 0
    coverage += share * here
    inContext += share * Math.max(here, FROM_BEFORE * earlier, titleStems.has(word.stem) ? 1 : 0)
    coverageBefore += share * Math.max(0, earlier - here)
    return share * here
  })
  const { found, near } = newWords(question, sentence)
  const typed = question.type === 'open' ? 0 : (found ? 1 : 0) - 0.7
  return { coverage, coverageInContext: inContext, coverageBefore, typed, typedNear: near, covers }
}
