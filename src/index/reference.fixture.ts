import { passageText } from '../core/documents.ts'
import type { ChunkId, DocumentId } from '../core/ids.ts'
import type { IndexedPassage, IndexedVector, QueryTerms, RankQuery } from '../core/ports/search.ts'
import { analyze, analyzeIn, isWhole } from './analyzer.ts'
import { type Language, languageOf } from './languages.ts'
import { type ParsedQuery, parseQuery } from './query.ts'
import { dot, fused, type ReferenceCandidate, type ReferenceScore } from './reference-fusion.fixture.ts'

const K1 = 0.9
const B = 0.4
const TITLE_COUNTS = 3
/** Of one term in one passage. */
const MOST_COUNTED = 65_535

interface Passage {
  readonly chunk: ChunkId
  readonly document: DocumentId
  readonly language: Language
  /** Of the title, then of the text. */
  readonly terms: readonly string[]
  /** Without compounds, whose parts stand beside them. */
  readonly plainTerms: readonly string[]
  readonly occurrences: ReadonlyMap<string, Occurrences>
  readonly vector: Float32Array | undefined
}

/** Of a term in a passage. */
interface Occurrences {
  /** Where it stands among `terms`. */
  readonly places: readonly number[]
  /** How often it counts. */
  readonly count: number
}

/** A word of a query: what each language that is there makes of it, all of it one word. */
interface Word {
  readonly name: string
  readonly stems: readonly string[]
  readonly idf: number
  /** How often it is asked for. */
  times: number
}

interface Weighed {
  readonly words: readonly Word[]
  /** As they were asked, with repeats. */
  readonly sequence: readonly Word[]
  readonly query: QueryTerms
}

interface Collection {
  readonly languages: readonly Language[]
  /** In terms. */
  readonly averageLength: number
}

interface Asked {
  readonly text: string
  readonly weighed: Weighed
  /** BM25 of every passage that holds a word, whether or not it may be found. */
  readonly scores: ReadonlyMap<Passage, number>
}

export interface Scored {
  readonly chunk: ChunkId
  readonly score: number
}

type Documents = readonly DocumentId[] | undefined
type Condition = (passage: Passage) => boolean

/**
 * One owner's passages and what every formula of search says of them, each written down as the design has it, over plain
 * lists: what the search engine is held against. Only that which makes terms of a text (`analyzer.ts`, `languages.ts`)
 * and takes a query apart (`query.ts`) is shared with it.
 */
export class ReferenceIndex {
  readonly #documents = new Map<DocumentId, readonly Passage[]>()
  readonly #passages = new Map<number, Passage>()
  /** The passages that hold a term. */
  readonly #holders = new Map<string, Map<Passage, Occurrences>>()
  /** Undefined after a change. */
  #known: Collection | undefined
  /** What was asked last: one comparison asks for it several times. Undefined after a change. */
  #asked: Asked | undefined

  get documents(): DocumentId[] {
    return [...this.#documents.keys()]
  }

  get chunks(): ChunkId[] {
    return Array.from(this.#passages.values(), ({ chunk }) => chunk)
  }

  get vectorCount(): number {
    return [...this.#passages.values()].filter(({ vector }) => vector !== undefined).length
  }

  /** In the place of what was known of the document. */
  put(document: DocumentId, passages: readonly IndexedPassage[], vectors: readonly IndexedVector[]): void {
    this.remove(document)
    if (passages.length === 0) return
    const vectorOf = new Map(vectors.map(({ chunk, vector }) => [chunk, vector]))
    const analysed = passages.map((passage) => analysedPassage(document, passage, vectorOf.get(passage.chunk)))
    this.#known = undefined
    this.#asked = undefined
    this.#documents.set(document, analysed)
    for (const passage of analysed) {
      this.#passages.set(passage.chunk, passage)
      for (const [term, occurrences] of passage.occurrences) {
        const holders = this.#holders.get(term)
        if (holders === undefined) this.#holders.set(term, new Map([[passage, occurrences]]))
        else holders.set(passage, occurrences)
      }
    }
  }

  remove(document: DocumentId): void {
    this.#known = undefined
    this.#asked = undefined
    for (const passage of this.#documents.get(document) ?? []) {
      this.#passages.delete(passage.chunk)
      for (const term of passage.occurrences.keys()) this.#holders.get(term)?.delete(passage)
    }
    this.#documents.delete(document)
  }

  /** The best (`bestFirst`) of the passages in the scope that hold a word of the query and meet its conditions. */
  search(documents: Documents, text: string, most?: number): Scored[] {
    const parsed = parseQuery(text)
    const { scores } = this.#ask(parsed.text)
    const mayBeFound = this.#condition(documents, parsed)
    const found: Scored[] = []
    for (const [passage, score] of scores) if (mayBeFound(passage)) found.push({ chunk: passage.chunk, score })
    return bestFirst(found, most)
  }

  /** The best by cosine of the passages in the scope that meet the query's conditions. */
  nearest(documents: Documents, vector: Float32Array, text: string, most?: number): Scored[] {
    const mayBeFound = this.#condition(documents, parseQuery(text))
    const found: Scored[] = []
    for (const passage of this.#passages.values()) {
      if (passage.vector === undefined || !mayBeFound(passage)) continue
      found.push({ chunk: passage.chunk, score: dot(vector, passage.vector) })
    }
    return bestFirst(found, most)
  }

  /** BM25 of each chunk and what its pairs of words are worth among them; NaN where it is not in the scope. */
  score(documents: Documents, text: string, chunks: readonly ChunkId[]): { bm25: number[]; phrase: number[] } {
    const { weighed, scores } = this.#ask(parseQuery(text).text)
    const passages = chunks.map((chunk) => this.#inScope(documents, chunk))
    const present = passages.filter((passage) => passage !== undefined)
    const phrase = this.#phrases(weighed.sequence, new Set(present))
    return {
      bm25: passages.map((passage) => (passage === undefined ? Number.NaN : (scores.get(passage) ?? 0))),
      phrase: passages.map((passage) => (passage === undefined ? Number.NaN : (phrase.get(passage) ?? 0))),
    }
  }

  /** NaN where there is no vector in the scope. */
  cosines(documents: Documents, vector: Float32Array, chunks: readonly ChunkId[]): number[] {
    return chunks.map((chunk) => {
      const known = this.#inScope(documents, chunk)?.vector
      return known === undefined ? Number.NaN : dot(vector, known)
    })
  }

  query(text: string): QueryTerms {
    return this.#ask(parseQuery(text).text).weighed.query
  }

  idf(word: string): number {
    return Math.max(0, ...this.#weigh(word).query.idf)
  }

  /** Whether each term is in a passage. */
  holds(term: string): boolean {
    return (this.#holders.get(term)?.size ?? 0) > 0
  }

  /** The whole formula for these candidates. */
  rank(documents: Documents, { type, text, vector, sigma }: RankQuery, chunks: readonly ChunkId[]): ReferenceScore[] {
    const { bm25, phrase } = this.score(documents, text, chunks)
    const cos = vector === undefined ? chunks.map(() => Number.NaN) : this.cosines(documents, vector, chunks)
    const candidates = chunks.map((chunk, i): ReferenceCandidate => {
      const words = type === 'semantic' ? 0 : (bm25[i] ?? 0)
      const pairs = type === 'hybrid' ? (phrase[i] ?? 0) : 0
      const known = this.#inScope(documents, chunk)
      return { chunk, cos: cos[i] ?? Number.NaN, bm25: words, phrase: pairs, vector: known?.vector }
    })
    const query = type === 'semantic' ? { terms: [], idf: [], idfSum: 0 } : this.query(text)
    return fused(candidates, { query, text, sigma, lifted: type === 'hybrid' })
  }

  // --- The words of a query --------------------------------------------------------------------------------------

  /** Robertson's idf. Stems count together, though never as more than there are passages. */
  #idf(frequency: number): number {
    const all = this.#passages.size
    const holding = Math.min(frequency, all)
    return Math.log(1 + (all - holding + 0.5) / (holding + 0.5))
  }

  #weigh(text: string): Weighed {
    const words = new Map<string, Word>()
    const sequence = analyzeIn(text, this.#collection().languages).map((stems) => {
      const name = stems.join(' ')
      const frequency = stems.reduce((sum, stem) => sum + (this.#holders.get(stem)?.size ?? 0), 0)
      const word = words.get(name) ?? { name, stems, idf: this.#idf(frequency), times: 0 }
      words.set(name, word)
      word.times++
      return word
    })
    const distinct = [...words.values()]
    return {
      words: distinct,
      sequence,
      query: {
        terms: distinct.map(({ stems }) => this.#mostFrequent(stems)),
        idf: distinct.map(({ idf }) => idf),
        idfSum: sequence.reduce((sum, { idf }) => sum + idf, 0),
      },
    }
  }

  #mostFrequent(stems: readonly string[]): string {
    const frequency = (stem: string): number => this.#holders.get(stem)?.size ?? 0
    return stems.reduce((most, stem) => (frequency(stem) > frequency(most) ? stem : most))
  }

  #ask(text: string): Asked {
    if (this.#asked?.text !== text) {
      const weighed = this.#weigh(text)
      this.#asked = { text, weighed, scores: this.#bm25(weighed.words) }
    }
    return this.#asked
  }

  // --- Scores ----------------------------------------------------------------------------------------------------

  #collection(): Collection {
    if (this.#known === undefined) {
      const passages = [...this.#passages.values()]
      this.#known = {
        languages: [...new Set(passages.map(({ language }) => language))].sort(),
        averageLength: passages.reduce((sum, { terms }) => sum + terms.length, 0) / passages.length,
      }
    }
    return this.#known
  }

  /** What BM25 makes of a word, or a pair of words, that stands so often in a passage. */
  #worth(idf: number, count: number, { terms }: Passage): number {
    const { averageLength } = this.#collection()
    return (idf * count) / (count + K1 * (1 - B + (B * terms.length) / averageLength))
  }

  #bm25(words: readonly Word[]): Map<Passage, number> {
    const scores = new Map<Passage, number>()
    for (const { stems, idf, times } of words) {
      for (const stem of stems) {
        for (const [passage, { count }] of this.#holders.get(stem) ?? [])
          scores.set(passage, (scores.get(passage) ?? 0) + times * this.#worth(idf, count, passage))
      }
    }
    return scores
  }

  /** Each pair of neighbouring words is scored as a word would be, but how many hold it is counted among `among`. */
  #phrases(sequence: readonly Word[], among: ReadonlySet<Passage>): Map<Passage, number> {
    const pairs = new Map<string, [Word, Word]>()
    sequence.slice(1).forEach((second, i) => {
      const first = sequence[i] as Word
      pairs.set(`${first.name}, ${second.name}`, [first, second])
    })
    const scores = new Map<Passage, number>()
    for (const pair of pairs.values()) {
      const holding = this.#timesTogether(pair, among)
      const idf = this.#idf(holding.size)
      for (const [passage, count] of holding)
        scores.set(passage, (scores.get(passage) ?? 0) + this.#worth(idf, count, passage))
    }
    return scores
  }

  /** How often a word is directly followed by another in each passage where it is. */
  #timesTogether([first, second]: readonly [Word, Word], among: ReadonlySet<Passage>): Map<Passage, number> {
    const counts = new Map<Passage, number>()
    for (const stem of first.stems) {
      for (const [passage, { places }] of this.#holders.get(stem) ?? []) {
        if (!among.has(passage)) continue
        const together = places.filter((place) => second.stems.includes(passage.terms[place + 1] ?? '')).length
        if (together > 0) counts.set(passage, (counts.get(passage) ?? 0) + together)
      }
    }
    return counts
  }

  // --- What may be found -----------------------------------------------------------------------------------------

  #inScope(documents: Documents, chunk: ChunkId): Passage | undefined {
    const passage = this.#passages.get(chunk)
    return passage === undefined || documents?.includes(passage.document) === false ? undefined : passage
  }

  #condition(documents: Documents, { text, required, excluded }: ParsedQuery): Condition {
    // A phrase of which nothing is left says nothing.
    const phrases = (texts: readonly string[]): string[][][] =>
      texts
        .map((phrase) => analyzeIn(phrase, this.#collection().languages).filter((stems) => !stems.some(isWhole)))
        .filter((words) => words.length > 0)
    const wanted = phrases(required)
    const unwanted = phrases(excluded)
    const onlyExcludes = text === '' && excluded.length > 0
    const scope = documents === undefined ? undefined : new Set(documents)
    if (scope === undefined && wanted.length + unwanted.length === 0) return () => !onlyExcludes
    return (passage) =>
      !onlyExcludes &&
      scope?.has(passage.document) !== false &&
      wanted.every((phrase) => holdsPhrase(passage, phrase)) &&
      !unwanted.some((phrase) => holdsPhrase(passage, phrase))
  }
}

function analysedPassage(
  document: DocumentId,
  { chunk, title, context, text }: IndexedPassage,
  vector: Float32Array | undefined,
): Passage {
  const body = passageText('', context, text)
  const language = languageOf(body)
  const titleTerms = analyze(title, language)
  const textTerms = analyze(body, language)
  const terms = [...titleTerms, ...textTerms]
  const places = Map.groupBy(terms.keys(), (place) => terms[place] as string)
  const occurrences = new Map<string, Occurrences>()
  for (const [term, all] of places) {
    const titled = all.filter((place) => place < titleTerms.length).length
    const count = Math.min(TITLE_COUNTS * titled + (all.length - titled), MOST_COUNTED)
    occurrences.set(term, { places: all, count })
  }
  const plainTerms = terms.filter((term) => !isWhole(term))
  return { chunk, document, language, terms, plainTerms, occurrences, vector }
}

const holdsPhrase = ({ plainTerms }: Passage, phrase: readonly (readonly string[])[]): boolean =>
  plainTerms.some((_, start) => phrase.every((stems, i) => stems.includes(plainTerms[start + i] ?? '')))

/** Best first, ties by chunk id: the best `most` and those that are as good as the last of them to 1e-5. */
export function bestFirst(list: readonly Scored[], most = Infinity): Scored[] {
  const order = Float64Array.from(list, ({ score }) => score).sort()
  const least = (order.at(-most) ?? -Infinity) - 1e-5
  return list.filter(({ score }) => score >= least).sort((a, b) => b.score - a.score || a.chunk - b.chunk)
}
