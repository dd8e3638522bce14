import { z } from 'zod'
import { canonicalJson, canonicalText } from '../../core/canonical-text.ts'
import { Problem } from '../../http/problem.ts'

// The contract's fields, as they stand on the wire (http-api.md, "Documents").

export const metadata = z.record(z.string(), z.unknown())
/** As it is sent: made canonical like every text that is stored. */
export const sentMetadata = metadata.overwrite((sent) => canonicalJson(sent) as Record<string, unknown>)

export const title = z.string().overwrite(canonicalText).trim().min(1).max(500)
export const summary = z.string().overwrite(canonicalText).max(4000)
export const chatId = z.string().overwrite(canonicalText).min(1).max(64)

export const page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
})

/** `?full=true`; the word alone also counts, and anything else is refused. */
export const flag = z
  .enum(['true', 'false', '1', '0', ''])
  .default('false')
  .transform((value) => value === 'true' || value === '1' || value === '')

export const status = z.enum(['queued', 'processing', 'processed', 'failed'])
export const searchable = z.enum(['no', 'words', 'full'])

export const failure = z.object({ code: z.string(), detail: z.string() })

export const documentView = z.object({
  id: z.string(),
  title: z.string(),
  content: z.string(),
  summary: z.string(),
  metadata,
  created_at: z.string(),
  updated_at: z.string(),
  size: z.number().int(),
  status,
  searchable,
  error: failure.optional(),
  chunks: z.number().int(),
  version: z.number().int(),
  language: z.string().nullable(),
  chat_id: z.string().optional(),
})

export const documentList = z.object({
  documents: z.array(documentView),
  total: z.number().int(),
  message: z.string(),
})

export const chatDocuments = z.object({
  chat_id: z.string(),
  count: z.number().int(),
  documents: z.array(documentView),
})

export const uploadResult = z.object({
  message: z.string(),
  document_id: z.string(),
  id: z.string(),
  doc_id: z.string(),
  title: z.string(),
  content_length: z.number().int(),
  created_at: z.string(),
  embedding_dimensions: z.number().int(),
  metadata,
  success: z.boolean(),
  status,
  searchable,
  storage_location: z.enum(['database', 'database+milvus']),
  database_available: z.boolean(),
  milvus_available: z.boolean(),
  chat_id: z.string().optional(),
  job_id: z.string().nullable(),
  job_started: z.boolean().describe('Whether this request began the job; cancel no other one for it.'),
  chunks: z.number().int(),
  duplicate: z.boolean().describe('The same bytes were uploaded before: this is the document that is there.'),
  updated: z
    .array(z.enum(['title', 'summary', 'metadata', 'chat_id']))
    .describe('Of a duplicate: the fields sent with it that took the place of what was there. Others stay.'),
  language: z.string().nullable(),
  /** What could not be read, and what to do for a better reading. */
  warnings: z.array(z.string()),
})

/** A URL as a person gives it; without a scheme it gets https. */
export const webAddress = z.string().trim().min(1).max(2000)

export const newPage = z.object({
  url: webAddress,
  title: title.optional(),
  summary: summary.optional(),
  metadata: sentMetadata.optional(),
  chat_id: chatId.optional(),
})

export const scrapeResult = uploadResult.extend({
  url: z.string().describe('Where redirects led to.'),
  duplicate: z.boolean().describe('The page has not changed since it was read: this is the document that is there.'),
})

export const contentView = z.object({
  id: z.string(),
  title: z.string(),
  content: z.string(),
  summary: z.string(),
  metadata,
  created_at: z.string(),
  version: z.number().int(),
  searchable,
})

export const plainContentView = z.object({
  doc_id: z.string(),
  title: z.string(),
  summary: z.string(),
  created_at: z.string(),
  metadata,
  content: z.string(),
  source: z.string(),
})

export const documentChange = z.object({
  title: title.optional(),
  summary: summary.optional(),
  metadata: sentMetadata.optional(),
})

/** Each field also under the names that older clients send; the lower-case name wins. */
export const newText = z
  .object({
    document_title: z.string().optional(),
    Document_Title: z.string().optional(),
    title: z.string().optional(),
    content: z.string().optional(),
    Content: z.string().optional(),
    summary: summary.optional(),
    Summary: summary.optional(),
    metadata: sentMetadata.optional(),
    Metadata: sentMetadata.optional(),
    chat_id: chatId.optional(),
  })
  .transform((body, context) => {
    // An empty field is one that was left out.
    const titled = title.safeParse(body.document_title || body.Document_Title || body.title)
    const content = body.content || body.Content
    if (!titled.success) {
      context.addIssue({ code: 'custom', path: ['document_title'], message: 'Give a title of 1 to 500 characters' })
    }
    if (content === undefined) context.addIssue({ code: 'custom', path: ['content'], message: 'Give the text' })
    if (!titled.success || content === undefined) return z.NEVER
    return {
      title: titled.data,
      content,
      summary: body.summary ?? body.Summary,
      metadata: body.metadata ?? body.Metadata,
      chatId: body.chat_id,
    }
  })

export const newTextResult = z.object({
  document_id: z.string(),
  chat_id: z.string().nullable(),
  job_id: z.string().nullable(),
  status,
})

export const deletion = z.object({
  status: z.enum(['success', 'not_found']),
  message: z.string(),
  deleted_from: z.array(z.string()),
  document_id: z.string(),
  pending: z.array(z.string()).optional(),
})

/** An error, and yet in the shape that the contract gives the answer. */
export const nothingDeleted = z.object({ ...Problem.shape, ...deletion.shape })

export const jobStarted = z.object({ job_id: z.string(), message: z.string() })
