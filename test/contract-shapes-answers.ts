import { z } from 'zod'
import { flag, number, object, score, text, time, whole } from './contract-shapes.ts'

// Questions and search

export const citation = z.looseObject({
  id: whole,
  type: z.enum(['rag', 'web']),
  doc_id: text.nullable(),
  version: whole.nullable(),
  chunk_id: whole.nullable(),
  title: text.nullable(),
  url: text.nullable(),
  page: whole.nullable(),
  quote: text.nullable(),
  start_char: whole.nullable(),
  end_char: whole.nullable(),
  score,
  verified: flag,
  verdict: z.enum(['supported', 'doubtful', 'unsupported']),
  reason: text.optional(),
})

const answerFields = {
  answer: text,
  confidence: score,
  confidence_level: z.enum(['low', 'medium', 'high']),
  confidence_factors: z.record(text, number),
  sources_used: z.array(
    z.looseObject({
      id: text,
      title: text,
      relevance_score: score,
      semantic_similarity: score,
      keyword_score: score,
      rank: whole,
      vectorized_search: flag.optional(),
      web_search: flag.optional(),
      url: text.optional(),
    }),
  ),
  citations: z.array(citation),
  reasoning: text,
  processing_time: number,
  processing_time_ms: number,
  api_used: text,
  model_used: text,
  vector_search_enabled: flag,
  embedding_model: text,
  results_count: whole,
  question_relevance: score,
  tokens_used: whole,
  web_search_enabled: flag,
  web_search_used: flag,
  web_sources: z.array(
    z.looseObject({
      url: text,
      domain: text,
      title: text,
      snippet: text.optional(),
      content_length: whole,
      scraped_successfully: flag,
    }),
  ),
  abstained: flag,
}

export const answer = z.looseObject(answerFields)
export const socketAnswer = z.looseObject({ type: z.literal('answer'), timestamp: time, ...answerFields })

export const search = z.looseObject({
  query: text,
  results: z.array(
    z.looseObject({
      document_id: text,
      title: text,
      excerpt: text,
      summary: text,
      relevance_score: score,
      semantic_similarity: score,
      keyword_score: score,
      phrase_score: score,
      created_at: time,
      metadata: object,
      content_length: whole,
      match_details: z.looseObject({
        title_overlap: score,
        content_overlap: score,
        summary_overlap: score,
        overall_semantic_similarity: score,
        max_chunk_similarity: score,
        threshold_used: score,
      }),
      chunk_analysis: z
        .looseObject({
          total_chunks: whole,
          top_chunks: z.array(
            z.looseObject({
              chunk_index: whole,
              content: text,
              similarity_score: score,
              semantic_similarity: score,
              start_char: whole,
              end_char: whole,
              page: whole.nullable(),
            }),
          ),
        })
        .optional(),
    }),
  ),
  total_results: whole,
  total_documents_searched: whole,
  search_type: z.enum(['hybrid', 'semantic', 'keyword']),
  relevance_threshold: score,
  max_relevance: score,
  avg_semantic_similarity: score,
  search_statistics: z.looseObject({
    documents_above_threshold: whole,
    threshold_used: score,
    processing_time_ms: number,
    engine: text,
  }),
  message: text.optional(),
})
