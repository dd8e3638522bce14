import type { DocumentAttributes, MetadataValue } from '../../core/ports/search.ts'

/** What filters see of a document's row. */
export function attributesOf(row: {
  readonly chat_id: string | null
  readonly media_type: string | null
  readonly created_at: string
  /** JSON object. */
  readonly metadata: string
}): DocumentAttributes {
  const metadata = Object.entries(JSON.parse(row.metadata) as Record<string, unknown>)
  return {
    chat: row.chat_id,
    fileType: row.media_type?.toLowerCase() ?? null,
    created: Date.parse(row.created_at),
    metadata: Object.fromEntries(metadata.filter((entry): entry is [string, MetadataValue] => isValue(entry[1]))),
  }
}

const isValue = (value: unknown): value is MetadataValue =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
