import { LITTLE_WORDS } from './instruction-words.ts'
import { isPronoun, wordsOf } from './words.ts'

/** A sentence of a text, in reading order. */
export interface TextSentence {
  readonly text: string
  /** Whether it can be shown by itself: a heading, a row of a table or a piece of a sentence only counts for the others. */
  readonly isQuotable: boolean
}

export interface CentralSentence {
  /** Index among the sentences of the text. */
  readonly at: number
  /** How central it is, 0 to 2, less what those chosen before it say. */
  readonly score: number
}

/** Weights by word, by its stem. */
type Vector = ReadonlyMap<string, number>

/** What being early and saying the title's words are worth beside being central, which is at most 1. */
const EARLY = 0.5
const TITLED = 0.5
/** What being like a chosen one costs, times the cosine; from the second number on it says the same. */
const ALIKE = 1
const SAME = 0.7
/** A shorter sentence says too little, in words and code units; of a script that does not part its words a character says more. */
const FEWEST_WORDS = 6
const SHORTEST = 25
const SHORTEST_UNSPACED = 12
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u
/** Scripts with spaces have single letters for bullets and the like. */
const SINGLE_LETTER = /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]$/u
/** A text of so many sentences is summed up in so many. */
const COUNTS = [
  { from: 30, count: 5 },
  { from: 12, count: 4 },
  { from: 6, count: 3 },
  { from: 4, count: 2 },
] as const

export interface Central {
  /** Best first. */
  readonly chosen: readonly CentralSentence[]
  /** How much of what the text says they say together, as the cosine of both: 0 to 1. */
  readonly similarity: number
  /** The same of any of its sentences. */
  readonly similarityOf: (at: readonly number[]) => number
  /** Of each sentence of the text, how near it is to the centroid: 0 to 1. */
  readonly centrality: readonly number[]
}

/** A text of which so many sentences are not wanted is no text to be summed up. */
export const MOST_ASKED = 300

/** Sentences that are read, or compared with one that was chosen, in one turn. */
const IN_TURN = 100

/**
 * The sentences that say most of what a text says, without repeating each other, after MEAD (Radev, Jing, Styś and Tam
 * 2004): near the centroid of all sentences, early, and with the title's words; the next is chosen by maximal marginal
 * relevance (Carbonell and Goldstein 1998). Words weigh by their count and how few sentences of the text have them
 * (TF-ISF, Neto et al. 2000), so that no collection is needed, and hardly a list of stop words.
 * @param sentences all of the text, in reading order
 * @param inTurn does a piece of the work, as there may be thousands
 * @param isWanted asked of those that would be chosen, at last; of no more than `MOST_ASKED`
 */
export async function centralSentences(
  title: string,
  sentences: readonly TextSentence[],
  inTurn: <T>(work: () => T) => Promise<T>,
  isWanted: (at: number) => boolean | Promise<boolean> = () => true,
): Promise<Central> {
  const counts = await inPieces(sentences, inTurn, ({ text }) => countsOf(text))
  const holding = new Map<string, number>()
  for (const own of counts) for (const stem of own.keys()) holding.set(stem, (holding.get(stem) ?? 0) + 1)
  const weigh = (own: Vector): Vector => {
    const weights = Array.from(own, ([stem, count]): [string, number] => {
      return [stem, count * Math.log((sentences.length + 1) / (holding.get(stem) ?? 1))]
    })
    return new Map(weights)
  }
  const vectors = await inPieces(counts, inTurn, weigh)
  const centroid = sumOf(vectors)
  const centrality = await inPieces(vectors, inTurn, (vector) => cosine(vector, centroid))
  const similarityOf = (at: readonly number[]): number =>
    cosine(sumOf(at.map((i) => vectors[i]).filter((vector) => vector !== undefined)), centroid)
  const most = Math.max(Number.MIN_VALUE, ...centrality)
  const titled = weigh(new Map(Array.from(countsOf(title).keys(), (stem) => [stem, 1])))

  let left = sentences.flatMap(({ text, isQuotable }, at) => {
    const vector = vectors[at]
    if (vector === undefined || !isQuotable || !saysEnough(text)) return []
    const score = (centrality[at] ?? 0) / most + EARLY / Math.sqrt(at + 1) + TITLED * shareHeld(titled, vector)
    return [{ at, vector, score, alike: 0 }]
  })
  const count = COUNTS.find(({ from }) => sentences.length >= from)?.count ?? 1
  const chosen: typeof left = []
  let asked = 0
  while (chosen.length < count) {
    let next: (typeof left)[number] | undefined
    const refused = new Set<number>()
    for (const one of left.toSorted((a, b) => worth(b) - worth(a) || a.at - b.at)) {
      if (asked++ >= MOST_ASKED) break
      if (await isWanted(one.at)) next = one
      if (next !== undefined) break
      refused.add(one.at)
    }
    if (next === undefined) break
    const { at, vector } = next
    chosen.push(next)
    const others = left.filter((one) => one.at !== at && !refused.has(one.at))
    const compared = await inPieces(others, inTurn, (one) => {
      return { ...one, alike: Math.max(one.alike, cosine(one.vector, vector)) }
    })
    left = compared.filter(({ alike }) => alike < SAME)
  }
  return {
    chosen: chosen.map((one) => ({ at: one.at, score: Math.max(0, worth(one)) })),
    similarity: similarityOf(chosen.map(({ at }) => at)),
    similarityOf,
    centrality,
  }
}

const worth = ({ score, alike }: { readonly score: number; readonly alike: number }): number => score - ALIKE * alike

async function inPieces<From, To>(
  all: readonly From[],
  inTurn: <T>(work: () => T) => Promise<T>,
  work: (one: From) => To,
): Promise<To[]> {
  const done: To[] = []
  for (let at = 0; at < all.length; at += IN_TURN) {
    done.push(...(await inTurn(() => all.slice(at, at + IN_TURN).map(work))))
  }
  return done
}

function countsOf(text: string): Vector {
  const counts = new Map<string, number>()
  for (const { stem, stop, lower } of wordsOf(text)) {
    if (stop || LITTLE_WORDS.has(lower) || SINGLE_LETTER.test(lower)) continue
    counts.set(stem, (counts.get(stem) ?? 0) + 1)
  }
  return counts
}

/** One that opens with a pronoun speaks of what stands before it. */
function saysEnough(text: string): boolean {
  const [first, ...rest] = wordsOf(text)
  if (first === undefined || isPronoun(first.lower)) return false
  const shortest = UNSPACED.test(text) ? SHORTEST_UNSPACED : SHORTEST
  return text.length >= shortest && rest.length + 1 >= FEWEST_WORDS
}

function sumOf(vectors: readonly Vector[]): Vector {
  const sum = new Map<string, number>()
  for (const vector of vectors) for (const [stem, weight] of vector) sum.set(stem, (sum.get(stem) ?? 0) + weight)
  return sum
}

const lengths = new WeakMap<Vector, number>()

function lengthOf(vector: Vector): number {
  let length = lengths.get(vector)
  if (length === undefined) {
    length = Math.sqrt(vector.values().reduce((sum, weight) => sum + weight * weight, 0))
    lengths.set(vector, length)
  }
  return length
}

/** 0 where one of them has no word. */
function cosine(a: Vector, b: Vector): number {
  const [small, large] = a.size < b.size ? [a, b] : [b, a]
  let dot = 0
  for (const [stem, weight] of small) dot += weight * (large.get(stem) ?? 0)
  return dot === 0 ? 0 : Math.min(1, dot / (lengthOf(a) * lengthOf(b)))
}

/** How much of the one, by weight, the other has words of: 0 to 1. */
function shareHeld(wanted: Vector, held: Vector): number {
  let [all, found] = [0, 0]
  for (const [stem, weight] of wanted) {
    all += weight
    if (held.has(stem)) found += weight
  }
  return all === 0 ? 0 : found / all
}
