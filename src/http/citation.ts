import { z } from 'zod'

/** A citation as the contract shapes it: answers carry them wherever they are given. */
export const citation = z.object({
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
  score: z.number().min(0).max(1),
  verified: z.boolean(),
  verdict: z.enum(['supported', 'doubtful', 'unsupported']),
  reason: z.string().optional(),
  reason_code: z.string().optional(),
})
