// The passages and vectors of a data folder as the index takes them, read from its database without the service.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ChunkId, DocumentId, UserId } from '../src/core/ids.ts'
import type { IndexedPassage, IndexedVector } from '../src/core/ports/search.ts'

export interface StoredDocument {
  readonly owner: UserId
  readonly document: DocumentId
  readonly passages: IndexedPassage[]
  readonly vectors: IndexedVector[]
}

const QUERY = `
  SELECT d.id AS document, d.owner_id AS owner, d.title, c.id AS chunk, c.context, c.text, v.vector
  FROM documents d
  JOIN chunks c ON c.document_id = d.id AND c.version = d.current_version
  JOIN vectors v ON v.chunk_id = c.id
  ORDER BY d.id, c.ordinal`

/** So many documents at a time, in the order in which a start reads them. Of one model: the folder's only one. */
export function* storedDocuments(dataDir: string, count: number): Generator<StoredDocument[], void> {
  let batch: StoredDocument[] = []
  for (const document of eachDocument(dataDir)) {
    batch.push(document)
    if (batch.length < count) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function* eachDocument(dataDir: string): Generator<StoredDocument, void> {
  const database = new DatabaseSync(join(dataDir, 'evident.db'), { readOnly: true })
  try {
    let open: StoredDocument | undefined
    for (const row of database.prepare(QUERY).iterate()) {
      const document = row['document'] as DocumentId
      if (open?.document !== document) {
        if (open !== undefined) yield open
        open = { owner: row['owner'] as UserId, document, passages: [], vectors: [] }
      }
      const chunk = row['chunk'] as ChunkId
      open.passages.push({
        chunk,
        title: String(row['title']),
        context: String(row['context']),
        text: String(row['text']),
      })
      open.vectors.push({ chunk, vector: new Float32Array((row['vector'] as Uint8Array).slice().buffer) })
    }
    if (open !== undefined) yield open
  } finally {
    database.close()
  }
}
