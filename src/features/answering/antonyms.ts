import { stem } from '../../index/analyzer.ts'
import { ANTONYMS } from './antonym-list.ts'
import { isDenied, neighbours } from './cues.ts'
import type { ReadText, Token } from './read-text.ts'
import { softMatch } from './soft-match.ts'

interface Place {
  readonly group: number
  readonly side: 0 | 1
}

/** Where words, and stems of words, stand in the list. */
interface Index {
  readonly words: ReadonlyMap<string, readonly Place[]>
  readonly stems: ReadonlyMap<string, readonly Place[]>
}

function readList(list: string): Index {
  const words = new Map<string, Place[]>()
  const stems = new Map<string, Place[]>()
  const add = (map: Map<string, Place[]>, key: string, place: Place): void => {
    const places = map.get(key) ?? []
    if (!places.some(({ group, side }) => group === place.group && side === place.side)) places.push(place)
    map.set(key, places)
  }
  for (const [group, line] of list.trim().split('\n').entries()) {
    for (const [i, half] of line.split(' : ').entries()) {
      for (const word of half.trim().split(' ')) {
        const place: Place = { group, side: i === 0 ? 0 : 1 }
        add(words, word, place)
        add(stems, stem(word), place)
      }
    }
  }
  return { words, stems }
}

let index: Index | undefined
const NONE: readonly Place[] = []

function placesOf(token: Token): readonly Place[] {
  index ??= readList(ANTONYMS)
  const exact = index.words.get(token.lower) ?? NONE
  // A function word may look like the stem of something else: “even” like that of “evening”.
  const byStem = token.content ? (index.stems.get(token.stem) ?? NONE) : NONE
  if (exact === NONE || byStem === NONE) return exact === NONE ? byStem : exact
  const isNew = ({ group, side }: Place): boolean =>
    !exact.some((place) => place.group === group && place.side === side)
  return [...exact, ...byStem.filter(isNew)]
}

/** Whether the list opposes two words. */
export const areAntonyms = (a: Token, b: Token): boolean =>
  placesOf(a).some(({ group, side }) => placesOf(b).some((other) => other.group === group && other.side !== side))

type Sides = readonly [Token[], Token[]]

const readSides = new WeakMap<ReadText, ReadonlyMap<number, Sides>>()

/** A text's words of the list by their group. */
function sidesOf(text: ReadText): ReadonlyMap<number, Sides> {
  const known = readSides.get(text)
  if (known !== undefined) return known
  const sides = new Map<number, Sides>()
  for (const token of text.tokens) {
    for (const { group, side } of placesOf(token)) {
      const both = sides.get(group) ?? [[], []]
      both[side].push(token)
      sides.set(group, both)
    }
  }
  readSides.set(text, sides)
  return sides
}

const shares = (a: readonly Token[], b: readonly Token[]): boolean =>
  a.some((one) => b.some((other) => softMatch(one.stem, other.stem) > 0))

/**
 * “A is larger than B” and “B is smaller than A” say the same: the words around have changed sides, too. So do “A before
 * B” and “After A, B”.
 */
function isConverse(claim: ReadText, own: Token, quote: ReadText, opposed: Token): boolean {
  const [before, behind] = [neighbours(claim, own.index, 'before'), neighbours(claim, own.index, 'behind')]
  const [otherBefore, otherBehind] = [
    neighbours(quote, opposed.index, 'before'),
    neighbours(quote, opposed.index, 'behind'),
  ]
  const turns = (words: readonly Token[], same: readonly Token[], other: readonly Token[]): boolean =>
    shares(words.slice(0, 1), other) && !shares(words.slice(0, 1), same)
  // At the beginning of a sentence nothing stands before it that could be compared.
  if (before.length === 0) return turns(behind, otherBehind, otherBefore)
  if (otherBefore.length === 0) return turns(otherBehind, behind, before)
  if (shares(behind, otherBehind) || shares(before, otherBefore)) return false
  return shares(before, otherBehind) && shares(behind, otherBefore)
}

const around = (text: ReadText, { index }: Token): Token[] => [
  ...neighbours(text, index, 'before'),
  ...neighbours(text, index, 'behind'),
]

/**
 * Whether the claim says the opposite of what the quote says, by a list of antonyms: a word stands in it more often
 * than in the quote, and one opposed to it less often. A negation of one of them, and a converse (“A is larger than B”,
 * “B is smaller than A”), make no difference.
 * @param inItsWords the claim in the quote's words, where few of its own stand there: both words must then be said of the same
 */
export function antonymDiffers(claim: ReadText, quote: ReadText, inItsWords?: ReadText): boolean {
  const ofQuote = sidesOf(quote)
  for (const [group, own] of sidesOf(claim)) {
    const other = ofQuote.get(group)
    if (other === undefined) continue
    for (const side of [0, 1] as const) {
      const opposite = side === 0 ? 1 : 0
      if (own[side].length <= other[side].length || other[opposite].length <= own[opposite].length) continue
      const excused = own[side].every((token) =>
        other[opposite].some(
          (opposed) =>
            isDenied(claim, token) !== isDenied(quote, opposed) ||
            isConverse(inItsWords ?? claim, token, quote, opposed) ||
            (inItsWords !== undefined && !shares(around(inItsWords, token), around(quote, opposed))),
        ),
      )
      if (!excused) return true
    }
  }
  return false
}
