import type { z } from 'zod'
import type { DocumentResult } from './results.ts'
import type * as schemas from './schemas.ts'
import type { SearchFailure } from './service.ts'

export interface SearchOutcome {
  readonly request: z.output<typeof schemas.searchRequest> & {
    readonly max_results: number
    readonly relevance_threshold: number
  }
  /** Best first. */
  readonly results: readonly DocumentResult[]
  /** How many reach the threshold. */
  readonly above: number
  readonly searched: number
  readonly engine: string
  readonly milliseconds: number
  readonly failures: readonly SearchFailure[]
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length

export function searchResponse({
  request,
  results: shown,
  above,
  searched,
  engine,
  milliseconds,
  failures,
}: SearchOutcome): z.input<typeof schemas.searchResponse> {
  const threshold = request.relevance_threshold
  const sentences = [
    ...failures.map(({ message }) => message),
    ...(shown.length === 0 ? [nothingFound(request, searched)] : []),
  ]
  return {
    query: request.query,
    results: shown.map((result) => ({
      document_id: result.id,
      title: result.title,
      excerpt: result.excerpt,
      highlights: [...result.highlights],
      summary: result.document.summary,
      relevance_score: result.relevance,
      semantic_similarity: result.semantic,
      keyword_score: result.keyword,
      phrase_score: result.phrase,
      created_at: result.document.createdAt,
      metadata: JSON.parse(result.document.metadata) as Record<string, unknown>,
      content_length: result.document.contentLength,
      duplicates: result.duplicates.map(({ documentId, chunkId, title }) => ({
        document_id: documentId,
        chunk_id: chunkId,
        title,
      })),
      match_details: {
        title_overlap: result.overlaps.title,
        content_overlap: result.overlaps.content,
        summary_overlap: result.overlaps.summary,
        overall_semantic_similarity: result.meanSemantic,
        max_chunk_similarity: result.bestSemantic,
        threshold_used: threshold,
      },
      ...(request.include_chunks ? { chunk_analysis: chunkAnalysis(result) } : {}),
    })),
    total_results: shown.length,
    total_documents_searched: searched,
    search_type: request.search_type,
    relevance_threshold: threshold,
    max_relevance: Math.max(0, ...shown.map((result) => result.relevance)),
    avg_semantic_similarity: mean(shown.map((result) => result.semantic)),
    search_statistics: {
      documents_above_threshold: above,
      threshold_used: threshold,
      processing_time_ms: milliseconds,
      engine,
    },
    ...(sentences.length === 0 ? {} : { message: sentences.join(' ') }),
  }
}

function chunkAnalysis({ document, chunks }: DocumentResult) {
  return {
    total_chunks: document.chunkCount,
    top_chunks: chunks.map(({ passage, start, end, content, highlights }) => ({
      chunk_index: passage.ordinal,
      content,
      highlights: [...highlights],
      similarity_score: passage.relevance,
      semantic_similarity: Number.isNaN(passage.cosine) ? 0 : Math.min(1, Math.max(0, passage.cosine)),
      start_char: start,
      end_char: end,
      page: passage.page,
      version: passage.version,
      chunk_id: passage.chunkId,
    })),
  }
}

function nothingFound(request: SearchOutcome['request'], searched: number): string {
  if (searched === 0) {
    if (request.document_ids !== undefined && request.filters === undefined) {
      return 'None of these documents can be searched yet. Try again once they are processed.'
    }
    return request.filters === undefined
      ? 'There are no documents to search yet. Upload one first.'
      : 'No document meets the filters. Leave one of them out.'
  }
  return request.relevance_threshold > 0
    ? 'Nothing reaches the relevance threshold. Lower relevance_threshold or use other words.'
    : 'Nothing was found. Use other words.'
}
