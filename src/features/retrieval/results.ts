import type { DocumentId } from '../../core/ids.ts'
import { analyze } from '../../index/analyzer.ts'
import { queryText } from '../../index/query.ts'
import { excerpt } from './excerpt.ts'
import type { DocumentSummary } from './repository.ts'
import type { RankedPassage } from './ranked-passage.ts'

export interface TopChunk {
  readonly passage: RankedPassage
  readonly start: number
  readonly end: number
  readonly content: string
}

/** A document with the passages of it that were found, best first. */
export interface DocumentResult {
  readonly id: DocumentId
  readonly summary: DocumentSummary
  readonly excerpt: string
  readonly relevance: number
  readonly semantic: number
  readonly keyword: number
  readonly phrase: number
  readonly overlaps: { readonly title: number; readonly content: number; readonly summary: number }
  readonly meanSemantic: number
  readonly bestSemantic: number
  readonly chunks: readonly TopChunk[]
}

export interface ResultOptions {
  /** Documents that are wanted. */
  readonly limit: number
  /** Least relevance of a document, 0 to 1. */
  readonly threshold: number
  readonly chunksPerDocument: number
  /** Longest `content` of a chunk in UTF-16 code units; undefined: the whole passage. */
  readonly chunkSize: number | undefined
}

export interface Results {
  readonly results: readonly DocumentResult[]
  /** Documents that reach the threshold, also those beyond the limit. */
  readonly above: number
}

/**
 * Passages gathered by document, in the order of each document's best passage. Only documents that are shown are read: of
 * two hundred passages that was a tenth of a second.
 */
export function byDocument(
  query: string,
  passages: readonly RankedPassage[],
  summaries: ReadonlyMap<DocumentId, DocumentSummary>,
  { limit, threshold, chunksPerDocument, chunkSize }: ResultOptions,
): Results {
  const terms = analyze(queryText(query))
  const wanted = new Set(terms)
  const results: DocumentResult[] = []
  let above = 0
  for (const [id, found] of Map.groupBy(passages, (passage) => passage.documentId)) {
    const summary = summaries.get(id)
    const best = found[0]
    if (summary === undefined || best === undefined || best.relevance < threshold) continue
    above++
    if (results.length === limit) continue
    const cosines = found.map((passage) => unit(passage.cosine))
    const text = found.map((passage) => passage.text).join('\n')
    const short = excerpt(best.text, wanted, EXCERPT, analyze)
    results.push({
      id,
      summary,
      excerpt: best.text.slice(short.start, short.end),
      relevance: best.relevance,
      semantic: unit(best.cosine),
      keyword: Math.max(...found.map((passage) => passage.keyword)),
      phrase: phraseShare(terms, analyze(text)),
      overlaps: {
        title: overlap(wanted, summary.title),
        content: overlap(wanted, text),
        summary: overlap(wanted, summary.summary),
      },
      meanSemantic: cosines.reduce((sum, value) => sum + value, 0) / cosines.length,
      bestSemantic: Math.max(...cosines),
      chunks: found.slice(0, chunksPerDocument).map((passage) => {
        const span =
          chunkSize === undefined
            ? { start: 0, end: passage.text.length }
            : excerpt(passage.text, wanted, chunkSize, analyze)
        return {
          passage,
          start: passage.start + span.start,
          end: passage.start + span.end,
          content: passage.text.slice(span.start, span.end),
        }
      }),
    })
  }
  return { results, above }
}

const EXCERPT = 300

/** A cosine as a score: 0 for what points away or has no vector. */
const unit = (cosine: number): number => (Number.isNaN(cosine) ? 0 : Math.min(1, Math.max(0, cosine)))

/** Share of the query's distinct words that the text holds. */
function overlap(wanted: ReadonlySet<string>, text: string): number {
  if (wanted.size === 0) return 0
  const held = new Set(analyze(text))
  return [...wanted].filter((term) => held.has(term)).length / wanted.size
}

/** Share of the query's pairs of neighbouring words that stand side by side in the text. */
function phraseShare(query: readonly string[], text: readonly string[]): number {
  if (query.length < 2) return 0
  const held = new Set(text.slice(1).map((term, i) => `${text[i]} ${term}`))
  const pairs = query.slice(1).map((term, i) => `${query[i]} ${term}`)
  return pairs.filter((pair) => held.has(pair)).length / pairs.length
}
