import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChunkId, DocumentId } from '../../core/ids.ts'
import type { RankedPassage } from './ranked-passage.ts'
import type { DocumentSummary } from './repository.ts'
import { byDocument } from './results.ts'

const passage = (chunk: number, document: string, relevance: number): RankedPassage => ({
  chunkId: chunk as ChunkId,
  documentId: document as DocumentId,
  version: 1,
  ordinal: 0,
  title: document,
  context: '',
  language: null,
  page: null,
  headings: [],
  start: 0,
  end: 20,
  text: `Text of ${document}, ${chunk}`,
  cosine: relevance,
  bm25: 1,
  fused: relevance,
  relevance,
  keyword: 0.5,
})
const summary = (id: string): [DocumentId, DocumentSummary] => [
  id as DocumentId,
  { id: id as DocumentId, title: id, summary: '', metadata: {}, createdAt: '', contentLength: 20, chunkCount: 1 },
]

test('as many documents as are wanted, best passage first; those beyond are counted where they are relevant enough', () => {
  const passages = [
    passage(1, 'a', 0.9),
    passage(2, 'gone', 0.8),
    passage(3, 'b', 0.7),
    passage(4, 'a', 0.6),
    passage(5, 'c', 0.5),
    passage(6, 'd', 0.2),
  ]
  const summaries = new Map(['a', 'b', 'c', 'd'].map(summary))
  const options = { limit: 2, threshold: 0.4, chunksPerDocument: 3, chunkSize: undefined }
  const { results, above } = byDocument('text of a', passages, summaries, options)
  assert.deepEqual(
    results.map(({ id, chunks }) => [id, chunks.map((chunk) => chunk.passage.chunkId)]),
    [
      ['a', [1, 4]],
      ['b', [3]],
    ],
  )
  assert.equal(above, 3)
})
