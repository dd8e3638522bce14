import { stem } from '../../index/analyzer.ts'
import type { ReadText, Token } from './read-text.ts'

/** A word of negation with what it denies: the next content words and numbers. */
export interface Cue {
  readonly at: number
  readonly scope: readonly Token[]
}

const SCOPE_WORDS = 3
/** Tokens behind a word. */
const SCOPE_REACH = 7
const PREFIX = /^(?:un|in|im|il|ir|dis|non)(?=\p{L}{4})/u

/** The content words that follow a token, or stand before it: what it speaks of. */
export function neighbours({ tokens }: ReadText, at: number, side: 'before' | 'behind'): Token[] {
  const near =
    side === 'behind' ? tokens.slice(at + 1, at + 1 + SCOPE_REACH) : tokens.slice(Math.max(0, at - SCOPE_REACH), at)
  const content = near.filter((token) => token.content || token.isNumber)
  return side === 'behind' ? content.slice(0, SCOPE_WORDS) : content.slice(-SCOPE_WORDS)
}

/** At the end of a sentence also what stands before: “he did not vote”. */
function scopeOf(text: ReadText, at: number): Token[] {
  const behind = neighbours(text, at, 'behind')
  if (text.tokens[at]?.lower === 'non') return behind.slice(0, 1)
  return behind.length >= 2 ? behind : [...behind, ...neighbours(text, at, 'before').slice(behind.length - 2)]
}

const known = new WeakMap<ReadText, readonly Cue[]>()

export function cuesOf(text: ReadText): readonly Cue[] {
  let cues = known.get(text)
  if (cues === undefined) {
    cues = text.tokens.filter(({ negates }) => negates).map(({ index }) => ({ at: index, scope: scopeOf(text, index) }))
    known.set(text, cues)
  }
  return cues
}

/** “The extent was unknown”: what they speak of stands before them as often as behind. */
const LACKS_KNOWLEDGE = /^(?:unknown|unclear|uncertain)$/

/** Words that may deny, with what they would. */
export const weakCuesOf = (text: ReadText): Cue[] =>
  text.tokens
    .filter(({ mayNegate }) => mayNegate)
    .map(({ index, lower }) => {
      const before = LACKS_KNOWLEDGE.test(lower) ? neighbours(text, index, 'before') : []
      return { at: index, scope: [...neighbours(text, index, 'behind'), ...before] }
    })

/** Whether a token, of content or not, stands among what a word of negation denies, or behind “no”: “no later than”. */
export const isDenied = (text: ReadText, { index }: Token): boolean =>
  text.tokens[index - 1]?.lower === 'no' ||
  cuesOf(text).some(
    ({ at }) =>
      index > at &&
      index <= at + SCOPE_REACH &&
      text.tokens.slice(at + 1, index).filter(({ content }) => content).length < SCOPE_WORDS,
  )

/** A shorter stem is seldom what a prefix was put before: “united”. */
const SHORTEST_DENIED = 3

/** The stem of `possible` for `impossible`; undefined: no such prefix. */
export function deniedStem({ lower }: Token): string | undefined {
  const prefix = PREFIX.exec(lower)?.[0]
  if (prefix === undefined) return undefined
  const denied = stem(lower.slice(prefix.length))
  return denied.length < SHORTEST_DENIED ? undefined : denied
}
