import { z } from 'zod'
import { citation } from '../../http/citation.ts'
import { documentFilter } from '../../http/document-filter.ts'
import { documentIds } from '../../http/document-ids.ts'

const score = z.number().min(0).max(1)

/** POST /api/v1/ask, as it stands in the contract. */
export const askRequest = z.object({
  question: z.string(),
  context: z.record(z.string(), z.unknown()).optional(),
  web_search_enabled: z.boolean().default(false),
  document_ids: documentIds,
  filters: documentFilter,
  chat_id: z
    .string()
    .min(1)
    .max(64)
    // No id holds it, and PostgreSQL takes no text that does.
    .overwrite((id) => id.replaceAll('\0', '\uFFFD'))
    .optional(),
  top_k: z.number().int().min(1).max(50).optional(),
})

/** A place of other evidence that says something else than a sentence of the answer. */
const contradiction = z.object({
  id: z.number().int(),
  doc_id: z.string(),
  version: z.number().int(),
  chunk_id: z.number().int().nullable(),
  title: z.string(),
  url: z.string().nullable(),
  page: z.number().int().nullable(),
  quote: z.string(),
  start_char: z.number().int(),
  end_char: z.number().int(),
  reason: z.string(),
  reason_code: z.enum(['number', 'date', 'negation']),
})

const foundInstruction = z.object({
  /** null: a result of a web search that was not opened. */
  doc_id: z.string().nullable(),
  version: z.number().int().nullable(),
  title: z.string(),
  url: z.string().nullable(),
  where: z.enum(['text', 'web', 'heading', 'title', 'file_name', 'metadata']),
  kind: z.enum(['to_the_model', 'unrelated_request', 'role_marker', 'tool_call', 'outgoing_link', 'hidden_text']),
  quote: z.string(),
  /** In the canonical text of that version; null where it stands elsewhere. UTF-16 code units. */
  start_char: z.number().int().nullable(),
  end_char: z.number().int().nullable(),
})

const verdict = z.enum(['supported', 'doubtful', 'unsupported'])

export const askResponse = z.object({
  answer: z.string(),
  confidence: score,
  confidence_level: z.enum(['low', 'medium', 'high']),
  confidence_factors: z.record(z.string(), z.number()),
  sources_used: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      relevance_score: score,
      semantic_similarity: score,
      keyword_score: score,
      rank: z.number().int(),
      vectorized_search: z.boolean().optional(),
      web_search: z.boolean().optional(),
      url: z.string().optional(),
    }),
  ),
  citations: z.array(citation),
  candidate_quotes: z.array(citation),
  sentences: z.array(
    z.object({
      start: z.number().int(),
      end: z.number().int(),
      text: z.string(),
      citations: z.array(z.number().int()).readonly(),
      verdict,
      reason: z.string().optional(),
      reason_code: z.string().optional(),
      contradicted_by: z.array(contradiction).optional(),
    }),
  ),
  /** The question as it was searched for: one that refers to the chat is made to stand alone. */
  searched_question: z.string(),
  /** The questions that it asks, each answered by itself or said to be missing. */
  question_parts: z.array(z.object({ question: z.string(), answerable: z.boolean() })).readonly(),
  /** How a model with tools looked further before it answered. */
  search_steps: z.array(
    z.object({
      step: z.number().int(),
      tool: z.string(),
      asked: z.record(z.string(), z.union([z.string(), z.number()])),
      returned: z.number().int(),
      new_evidence: z.array(z.number().int()).readonly(),
      known_evidence: z.array(z.number().int()).readonly(),
      /** Whose passages, or which, it brought. */
      sources: z.array(z.object({ doc_id: z.string() })),
      /** What a search of the web found, opened or not. */
      web_results: z
        .array(z.object({ url: z.string(), title: z.string() }))
        .readonly()
        .optional(),
      error: z.string().optional(),
      warning: z.string().optional(),
      processing_time_ms: z.number(),
    }),
  ),
  /** What in the evidence, or in what its documents are called, tells its reader what to do: none of it was an instruction. */
  found_instructions: z.array(foundInstruction),
  reasoning: z.string(),
  processing_time: z.number(),
  processing_time_ms: z.number(),
  /** `general_knowledge` only where ANSWER_GENERAL_KNOWLEDGE allows it. */
  basis: z.enum(['evidence', 'general_knowledge']),
  api_used: z.string(),
  model_used: z.string(),
  /** Why the answer was written, or quoted, by another than it should have been. */
  model_failure: z.string().optional(),
  vector_search_enabled: z.boolean(),
  embedding_model: z.string(),
  results_count: z.number().int(),
  question_relevance: score,
  tokens_used: z.number().int(),
  /** Whether the model wrote to its end, or was cut off. */
  finish_reason: z.enum(['complete', 'length', 'filtered']),
  /** The question or its context did not fit into the model's window. */
  input_truncated: z.boolean(),
  original_question_length: z.number().int(),
  used_question_length: z.number().int(),
  web_search_enabled: z.boolean(),
  web_search_used: z.boolean(),
  web_sources: z.array(
    z.object({
      url: z.string(),
      domain: z.string(),
      title: z.string(),
      snippet: z.string().optional(),
      content_length: z.number().int(),
      scraped_successfully: z.boolean(),
      /** Of its text as the answer read it; null: it was not read. */
      doc_id: z.string().nullable(),
    }),
  ),
  abstained: z.boolean(),
  /** Given before to the same question, since which no document has changed. */
  cached: z.boolean(),
  /** Sentences about what was asked for and not done. */
  warnings: z.array(z.string()),
})

/** What of it the answer itself says: the rest is of the request, or of the server's settings. */
export const answerItself = askResponse.omit({
  processing_time: true,
  processing_time_ms: true,
  vector_search_enabled: true,
  embedding_model: true,
  cached: true,
  warnings: true,
})

export type AskRequest = z.output<typeof askRequest>
export type AskResponse = z.input<typeof askResponse>
