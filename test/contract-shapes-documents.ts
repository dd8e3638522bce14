import { z } from 'zod'
import { flag, object, text, time, whole } from './contract-shapes.ts'

// Documents

const documentStatus = z.enum(['queued', 'processing', 'processed', 'failed'])

export const upload = z.looseObject({
  message: text,
  document_id: text,
  id: text,
  doc_id: text,
  title: text,
  content_length: whole,
  created_at: time,
  embedding_dimensions: whole,
  metadata: z.looseObject({ originalFileName: text, fileType: text.nullable(), fileSize: whole }),
  success: flag,
  status: documentStatus,
  storage_location: z.enum(['database', 'database+milvus']),
  database_available: flag,
  milvus_available: flag,
  chat_id: text.optional(),
  job_id: text.nullable(),
  chunks: whole,
})

export const scraped = upload.extend({ url: text })

export const crawled = z.looseObject({
  message: text,
  title: text,
  url: text,
  total_pages: whole,
  successful_pages: whole,
  failed_pages: whole,
  scraped_urls: z.array(text),
  failed_urls: z.array(z.looseObject({ url: text, reason: text })),
  document_ids: z.array(text),
  created_at: time,
  combined_into_single_document: flag,
  metadata: object,
  success: flag,
  status: text,
  job_id: text,
})

export const document = z.looseObject({
  id: text,
  title: text,
  content: text,
  summary: text,
  metadata: object,
  created_at: time,
  size: whole,
  status: documentStatus,
  chunks: whole,
})

export const documents = z.looseObject({ documents: z.array(document), total: whole, message: text })

export const content = z.looseObject({
  id: text,
  title: text,
  content: text,
  summary: text,
  metadata: object,
  created_at: time,
  version: whole,
  searchable: z.enum(['no', 'words', 'full']),
})

export const jobStarted = z.looseObject({ job_id: text })
export const documentDeleted = z.looseObject({
  status: z.enum(['success', 'not_found']),
  message: text,
  deleted_from: z.array(text),
  document_id: text,
})
export const textAdded = z.looseObject({ document_id: text, chat_id: text.nullable() })
export const plainContent = z.looseObject({
  doc_id: text,
  title: text,
  summary: text,
  created_at: time,
  metadata: object,
  content: text,
  source: text,
})

export const job = z.looseObject({
  id: text,
  kind: text,
  state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  stage: text,
  done: whole,
  total: whole,
  attempts: whole,
  document_id: text.optional(),
  created_at: time,
  updated_at: time,
})

export const jobProgress = z.looseObject({ stage: text, done: whole, total: whole, message: text })
