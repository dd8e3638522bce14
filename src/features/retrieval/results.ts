import type { DocumentId } from '../../core/ids.ts'
import type { Span } from '../../core/sentences.ts'
import { analyze } from '../../index/analyzer.ts'
import { highlighter } from '../../index/highlights.ts'
import { type Language, languageOf } from '../../index/languages.ts'
import { queryText } from '../../index/query.ts'
import { excerpt, within } from './excerpt.ts'
import { heldTerms, type HeldTerms } from './held-terms.ts'
import type { DocumentSummary } from './repository.ts'
import type { Duplicate, RankedCandidate, RankedPassage } from './ranked-passage.ts'

export interface TopChunk {
  readonly passage: RankedPassage
  readonly start: number
  readonly end: number
  readonly content: string
  /** Words of the query in `content`. */
  readonly highlights: readonly Span[]
}

/** A document with the passages of it that are shown, best first. */
export interface DocumentResult {
  readonly id: DocumentId
  readonly title: string
  readonly document: DocumentSummary
  readonly excerpt: string
  /** Words of the query in `excerpt`. */
  readonly highlights: readonly Span[]
  readonly relevance: number
  readonly semantic: number
  readonly keyword: number
  readonly phrase: number
  readonly overlaps: { readonly title: number; readonly content: number; readonly summary: number }
  readonly meanSemantic: number
  readonly bestSemantic: number
  readonly chunks: readonly TopChunk[]
  /** Passages that say the same as one of `chunks` and are not shown, best first. */
  readonly duplicates: readonly Duplicate[]
}

export interface ResultOptions {
  /** Least relevance of a document, 0 to 1. */
  readonly threshold: number
  /** Longest `content` of a chunk in UTF-16 code units; undefined: the whole passage. */
  readonly chunkSize: number | undefined
}

export interface Results {
  readonly results: readonly DocumentResult[]
  /** Documents that reach the threshold, also those beyond the limit and those that are named as duplicates. */
  readonly above: number
}

/**
 * Passages gathered by document, in the order of each document's best passage.
 * @param passages those that are shown, best first
 * @param candidates all that were found, also those that are not shown
 */
export function byDocument(
  query: string,
  passages: readonly RankedPassage[],
  candidates: readonly RankedCandidate[],
  { threshold, chunkSize }: ResultOptions,
): Results {
  const read = heldTerms(analyze(queryText(query)))
  const highlights = highlighter(query)
  const found = Map.groupBy(candidates, ({ documentId }) => documentId)
  const results: DocumentResult[] = []
  for (const [id, shown] of Map.groupBy(passages, ({ documentId }) => documentId)) {
    // The one look at each text: what else is said of it follows from where the query's words stand.
    const texts = shown.map((passage) => {
      const language = languageOf(passage.text)
      return { passage, language, places: highlights(passage.text, language) }
    })
    const [best] = texts
    if (best === undefined) continue
    const { title, document } = best.passage
    const all = found.get(id) ?? shown
    const cosines = all.map(({ cosine }) => unit(cosine))
    const held = read(texts.map(({ passage, places }) => ({ text: passage.text, places })))
    const heldBy = (text: string, language?: Language): HeldTerms =>
      read([{ text, places: highlights(text, language) }])
    // A title is read by the index in the language of the passage.
    const inTitle = heldBy(title, best.language)
    const short = excerpt(best.passage.text, EXCERPT, best.places)
    results.push({
      id,
      title,
      document,
      excerpt: best.passage.text.slice(short.start, short.end),
      highlights: within(best.places, short),
      relevance: best.passage.relevance,
      semantic: unit(best.passage.cosine),
      keyword: Math.max(...all.map(({ keyword }) => keyword)),
      phrase: held.pairs,
      overlaps: { title: inTitle.words, content: held.words, summary: heldBy(document.summary).words },
      meanSemantic: cosines.reduce((sum, value) => sum + value, 0) / cosines.length,
      bestSemantic: Math.max(...cosines),
      chunks: texts.map(({ passage, places }) => {
        const span =
          chunkSize === undefined ? { start: 0, end: passage.text.length } : excerpt(passage.text, chunkSize, places)
        return {
          passage,
          start: passage.start + span.start,
          end: passage.start + span.end,
          content: passage.text.slice(span.start, span.end),
          highlights: within(places, span),
        }
      }),
      duplicates: shown.flatMap((passage) => passage.duplicates),
    })
  }
  const isAbove = ([best]: readonly RankedCandidate[]): boolean => best !== undefined && best.relevance >= threshold
  return { results, above: [...found.values()].filter(isAbove).length }
}

const EXCERPT = 300

/** A cosine as a score: 0 for what points away or has no vector. */
const unit = (cosine: number): number => (Number.isNaN(cosine) ? 0 : Math.min(1, Math.max(0, cosine)))
