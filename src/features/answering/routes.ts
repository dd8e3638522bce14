import { z } from 'zod'
import type { App } from '../../http/app.ts'
import { documentIds } from '../../http/document-ids.ts'
import type { Answer } from './answer.ts'
import { collectAnswer, type Answering } from './pipeline.ts'
import { presentAnswer } from './presenter.ts'

const score = z.number().min(0).max(1)

const askRequest = z.object({
  question: z.string(),
  context: z.record(z.string(), z.unknown()).optional(),
  web_search_enabled: z.boolean().default(false),
  document_ids: documentIds,
  chat_id: z.string().min(1).max(64).optional(),
  top_k: z.number().int().min(1).max(50).optional(),
})

const verdict = z.enum(['supported', 'doubtful', 'unsupported'])

const citation = z.object({
  id: z.number().int(),
  type: z.enum(['rag', 'web']),
  doc_id: z.string().nullable(),
  version: z.number().int().nullable(),
  chunk_id: z.number().int().nullable(),
  title: z.string().nullable(),
  url: z.string().nullable(),
  page: z.number().int().nullable(),
  quote: z.string().nullable(),
  start_char: z.number().int().nullable(),
  end_char: z.number().int().nullable(),
  score,
  verified: z.boolean(),
  verdict,
  reason: z.string().optional(),
  reason_code: z.string().optional(),
})

const askResponse = z.object({
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
    }),
  ),
  reasoning: z.string(),
  processing_time: z.number(),
  processing_time_ms: z.number(),
  api_used: z.string(),
  model_used: z.string(),
  vector_search_enabled: z.boolean(),
  embedding_model: z.string(),
  results_count: z.number().int(),
  question_relevance: score,
  tokens_used: z.number().int(),
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
    }),
  ),
  abstained: z.boolean(),
  /** Sentences about what was asked for and not done. */
  warnings: z.array(z.string()),
})

export interface AskRoutesDeps {
  readonly answering: Answering
  readonly embeddingModel: string
  /** Which provider writes the answers. */
  readonly provider: string
  readonly answered: (milliseconds: number) => void
}

export function askRoutes(app: App, { answering, embeddingModel, provider, answered }: AskRoutesDeps): void {
  app.post(
    '/api/v1/ask',
    {
      config: { access: 'user' },
      schema: {
        tags: ['Questions and search'],
        summary: 'Ask a question',
        body: askRequest,
        response: { 200: askResponse },
      },
    },
    async (request) => {
      const startedAt = performance.now()
      const { body } = request
      const answer = await collectAnswer(
        answering.answer(
          {
            owner: request.caller.userId,
            question: body.question,
            documents: body.document_ids,
            chatId: body.chat_id,
            topK: body.top_k,
          },
          { signal: request.signal },
        ),
      )
      const milliseconds = performance.now() - startedAt
      answered(milliseconds)
      return {
        ...presentAnswer(answer),
        processing_time: milliseconds / 1000,
        processing_time_ms: milliseconds,
        api_used: provider,
        vector_search_enabled: usedVectors(answer),
        embedding_model: embeddingModel,
        // Web search comes with a later version; until then it is off, and says so to who asks for it.
        web_search_enabled: false,
        web_search_used: false,
        web_sources: [],
        warnings: notDone(body),
      }
    },
  )
}

const usedVectors = (answer: Answer): boolean => answer.sources.some((source) => source.semantic !== null)

function notDone({ question, web_search_enabled: web }: z.output<typeof askRequest>): string[] {
  return [
    ...(web ? ['The web was not searched: web search is not available in this version.'] : []),
    ...(/\bhttps?:\/\//i.test(question)
      ? ['The addresses in the question were not opened: this version reads documents only.']
      : []),
  ]
}
