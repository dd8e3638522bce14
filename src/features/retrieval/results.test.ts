import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChunkId, DocumentId } from '../../core/ids.ts'
import type { RankedPassage } from './ranked-passage.ts'
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
  duplicates: [],
  document: { summary: '', metadata: '{}', createdAt: '', contentLength: 20, chunkCount: 1 },
})

test('documents in the order of their best passage, with what is shown of them; all that are relevant enough are counted', () => {
  const found = [
    passage(1, 'a', 0.9),
    passage(2, 'hidden', 0.8),
    passage(3, 'b', 0.7),
    passage(4, 'a', 0.6),
    passage(5, 'c', 0.5),
    passage(6, 'd', 0.2),
  ]
  const [best, , second, third] = found as [RankedPassage, RankedPassage, RankedPassage, RankedPassage]
  const hidden = { documentId: 'c' as DocumentId, chunkId: 5 as ChunkId, title: 'c' }
  const shown = [best, { ...second, duplicates: [hidden] }, third]
  const { results, above } = byDocument('text of a', shown, found, { threshold: 0.5, chunkSize: undefined })
  assert.deepEqual(
    results.map(({ id, chunks, duplicates }) => [id, chunks.map((chunk) => chunk.passage.chunkId), duplicates]),
    [
      ['a', [1, 4], []],
      ['b', [3], [hidden]],
    ],
  )
  assert.equal(above, 4)
  assert.equal(results[0]?.meanSemantic, 0.75)
})

test('a summary is read in its own language, a title in the language of the passage below it', () => {
  const text = 'Die Häuser waren nicht alt, und sie sind auch nicht neu, aber in der Stadt ist es so.'
  const found = {
    ...passage(1, 'a', 0.9),
    title: 'Altes Haus',
    text,
    end: text.length,
    document: { ...passage(1, 'a', 0.9).document, summary: 'The policies of a city that is running out of it.' },
  }
  const overlapsWith = (query: string) =>
    byDocument(query, [found], [found], { threshold: 0, chunkSize: undefined }).results[0]?.overlaps
  assert.equal(overlapsWith('running policies')?.summary, 1)
  assert.equal(overlapsWith('Haus')?.title, 1)
})

test('what is marked is the words of the query in the text shown; title, text and summary each say how many they hold', () => {
  const plain = passage(1, 'a', 0.9)
  const found = {
    ...plain,
    text: 'The keepers sleep.',
    title: 'The lighthouse of Aldermoor',
    document: { ...plain.document, summary: 'About a harbour.' },
  }
  const query = 'lighthouse Aldermoor keeper harbour'
  const { results } = byDocument(query, [found], [found], { threshold: 0, chunkSize: undefined })
  const [result] = results
  assert.deepEqual(result?.overlaps, { title: 0.5, content: 0.25, summary: 0.25 })
  assert.deepEqual(
    result.highlights.map(({ start, end }) => result.excerpt.slice(start, end)),
    ['keepers'],
  )
})
