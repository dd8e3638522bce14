import { z } from 'zod'
import { canonicalText } from '../../core/canonical-text.ts'
import { documentFilter } from '../../http/document-filter.ts'
import { documentIds } from '../../http/document-ids.ts'

const score = z.number().min(0).max(1)

/** Words of the query in the text beside it: UTF-16 code units from its start, end exclusive, ascending. */
const highlights = z.array(z.object({ start: z.number().int().min(0), end: z.number().int().min(1) })).optional()

/** POST /api/v1/search, as it stands in the contract. */
export const searchRequest = z.object({
  query: z.string().overwrite(canonicalText),
  max_results: z.number().int().min(1).max(200).optional(),
  relevance_threshold: z.number().min(0).max(1).optional(),
  include_chunks: z.boolean().default(true),
  chunk_size: z.number().int().min(50).max(20_000).optional(),
  search_type: z.enum(['hybrid', 'semantic', 'keyword']).default('hybrid'),
  document_ids: documentIds,
  filters: documentFilter,
})

export const searchResponse = z.object({
  query: z.string(),
  results: z.array(
    z.object({
      document_id: z.string(),
      title: z.string(),
      excerpt: z.string(),
      highlights,
      summary: z.string(),
      relevance_score: score,
      semantic_similarity: score,
      keyword_score: score,
      phrase_score: score,
      created_at: z.string(),
      metadata: z.record(z.string(), z.unknown()),
      content_length: z.number().int(),
      /** Passages that say the same as one that is shown: they are left out of the results. */
      duplicates: z
        .array(z.object({ document_id: z.string(), chunk_id: z.number().int(), title: z.string() }))
        .optional(),
      match_details: z.object({
        title_overlap: score,
        content_overlap: score,
        summary_overlap: score,
        overall_semantic_similarity: score,
        max_chunk_similarity: score,
        threshold_used: score,
      }),
      chunk_analysis: z
        .object({
          total_chunks: z.number().int(),
          top_chunks: z.array(
            z.object({
              chunk_index: z.number().int(),
              content: z.string(),
              highlights,
              similarity_score: score,
              semantic_similarity: score,
              start_char: z.number().int(),
              end_char: z.number().int(),
              page: z.number().int().nullable(),
              version: z.number().int(),
              chunk_id: z.number().int(),
            }),
          ),
        })
        .optional(),
    }),
  ),
  total_results: z.number().int(),
  total_documents_searched: z.number().int(),
  search_type: z.enum(['hybrid', 'semantic', 'keyword']),
  relevance_threshold: score,
  max_relevance: score,
  avg_semantic_similarity: score,
  search_statistics: z.object({
    documents_above_threshold: z.number().int(),
    threshold_used: score,
    processing_time_ms: z.number(),
    engine: z.string(),
  }),
  message: z.string().optional(),
})
