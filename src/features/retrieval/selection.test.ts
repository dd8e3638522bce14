import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { ChunkId, DocumentId } from '../../core/ids.ts'
import type { RankedCandidate } from './ranked-passage.ts'
import type { StoredPassage } from './repository.ts'
import { createSelectionReader, nearDuplicates, type ReadPassages } from './selection-reader.ts'
import { type Candidate, select, type SelectionRules } from './selection.ts'

const candidate = (chunk: number, document: string, fused: number): RankedCandidate => ({
  chunkId: chunk as ChunkId,
  documentId: document as DocumentId,
  cosine: 0,
  bm25: 0,
  fused,
  relevance: fused / 10,
  keyword: 0,
})
/** Passages of these documents, each a little worse than the one before. */
const list = (...documents: string[]): RankedCandidate[] =>
  documents.map((document, i) => candidate(i + 1, document, 10 - 0.1 * i))

const PAGE: SelectionRules = { passages: Infinity, documents: 2, threshold: 0, perDocument: 2, handicap: Infinity }
const EVIDENCE: SelectionRules = { passages: 4, documents: 4, threshold: 0, perDocument: 2, handicap: 0.5 }
const ALL = { has: () => true }

const chunksOf = (candidates: readonly Pick<Candidate, 'chunkId'>[]): number[] =>
  candidates.map(({ chunkId }) => chunkId)
const chosen = (candidates: readonly Candidate[], rules: SelectionRules): number[] =>
  chunksOf(select(candidates, rules, ALL).kept)

describe('a selection', () => {
  test('of documents shows the best passages of the best of them', () => {
    assert.deepEqual(chosen(list('a', 'a', 'a', 'b', 'c', 'b', 'b'), PAGE), [1, 2, 4, 6])
    assert.deepEqual(chosen(list('a', 'b', 'a'), { ...PAGE, threshold: 0.995 }), [1, 3])
  })

  test('for an answer takes more of one document only where others have nothing about as good', () => {
    assert.deepEqual(chosen(list('a', 'a', 'a', 'a', 'b', 'c'), EVIDENCE), [1, 2, 5, 6])
    assert.deepEqual(chosen(list('a', 'a', 'a', 'a', 'a', 'a'), EVIDENCE), [1, 2, 3, 4])
    assert.deepEqual(
      chosen([...list('a', 'a', 'a'), candidate(9, 'b', 9.4), candidate(10, 'c', 9.2)], EVIDENCE),
      [1, 2, 3, 9],
    )
    assert.deepEqual(chosen([...list('a', 'a', 'a', 'a'), candidate(9, 'b', 5)], EVIDENCE), [1, 2, 3, 4])
  })

  test('of copies shows the best, whatever their documents, and names the others', () => {
    const copies = new Map([
      [3, 1],
      [4, 1],
      [6, 2],
    ])
    const isSame = (better: ChunkId, worse: ChunkId): boolean => copies.get(worse) === better
    const { kept, duplicates } = select(list('a', 'b', 'a', 'c', 'd', 'c'), { ...PAGE, documents: 3 }, ALL, isSame)
    assert.deepEqual(chunksOf(kept), [1, 2, 5])
    assert.deepEqual(
      Array.from(duplicates, ([chunk, behind]) => [chunk, chunksOf(behind)]),
      [[1, [3, 4]]],
    )
  })
})

const ranked = fc
  .array(
    fc.record({ document: fc.constantFrom('a', 'b', 'c', 'd', 'e'), gap: fc.double({ min: 0, max: 1, noNaN: true }) }),
    {
      maxLength: 40,
    },
  )
  .map((rows) => {
    let fused = 20
    return rows.map(({ document, gap }, i) => candidate(i + 1, document, (fused -= gap)))
  })
const rules = fc.record({
  passages: fc.integer({ min: 1, max: 12 }),
  documents: fc.integer({ min: 1, max: 6 }),
  threshold: fc.constant(0),
  perDocument: fc.integer({ min: 1, max: 3 }),
  handicap: fc.constantFrom(0, 0.5, 2, Infinity),
})

const KINDS = 6
/** Any symmetric relation of kinds of text: not always transitive, as that of near-duplicates. */
const likeness = fc
  .array(fc.boolean(), { minLength: KINDS * KINDS, maxLength: KINDS * KINDS })
  .map((cells) => (a: string, b: string): boolean => {
    const [low, high] = [Math.min(Number(a), Number(b)), Math.max(Number(a), Number(b))]
    return cells[low * KINDS + high] === true
  })

describe('any selection', () => {
  test('keeps the best passage, its order and its bounds, and is full where it can be', () => {
    fc.assert(
      fc.property(ranked, rules, (candidates, limits) => {
        const { kept } = select(candidates, limits, ALL)
        const counts = Map.groupBy(kept, ({ documentId }) => documentId)
        assert.deepEqual(
          kept,
          kept.toSorted((a, b) => b.fused - a.fused || a.chunkId - b.chunkId),
        )
        assert.equal(kept[0], candidates[0])
        assert.ok(kept.length <= limits.passages && counts.size <= limits.documents)
        if (limits.handicap === Infinity) {
          assert.ok([...counts.values()].every((own) => own.length <= limits.perDocument))
        } else {
          const within = new Set(
            [...new Set(candidates.map(({ documentId }) => documentId))].slice(0, limits.documents),
          )
          const most = candidates.filter(({ documentId }) => within.has(documentId)).length
          if (limits.documents >= 5) assert.equal(kept.length, Math.min(limits.passages, most))
        }
      }),
    )
  })

  test('read as it goes ends as of texts that are all known, whatever is like what, and reads none twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        ranked,
        rules,
        fc.array(fc.nat(KINDS - 1), { minLength: 40, maxLength: 40 }),
        likeness,
        fc.nat(40),
        async (candidates, limits, kinds, isLike, first) => {
          const stored = new Map(
            candidates.map(({ chunkId, documentId }, i): [ChunkId, StoredPassage] => [
              chunkId,
              passage(chunkId, documentId, String(kinds[i])),
            ]),
          )
          const textOf = (chunk: ChunkId): string => stored.get(chunk)?.text ?? ''
          const whole = select(candidates, limits, ALL, (a, b) => isLike(textOf(a), textOf(b)))
          const asked: ChunkId[] = []
          const read: ReadPassages = async (chunks) => {
            assert.ok(chunks.length > 0, 'Nothing was asked for')
            asked.push(...chunks)
            return new Map(chunks.map((chunk) => [chunk, stored.get(chunk) as StoredPassage]))
          }
          const selectRead = createSelectionReader(read, (a, b) => isLike(a.text, b.text))
          // A part of the list first, as a search does: what is known of it must not change the whole.
          await selectRead(candidates.slice(0, first), limits)
          const { passages, gone } = await selectRead(candidates, limits)
          assert.deepEqual(chunksOf(passages), chunksOf(whole.kept))
          assert.deepEqual(
            passages.map(({ duplicates }) => chunksOf(duplicates)),
            whole.kept.map(({ chunkId }) => chunksOf(whole.duplicates.get(chunkId) ?? [])),
          )
          assert.equal(new Set(asked).size, asked.length)
          assert.equal(gone.size, 0)
        },
      ),
      { numRuns: 1000 },
    )
  })
})

test('what is read ahead may leave other passages in the place of those that are not read yet', async () => {
  const body = Array.from({ length: 70 }, (_, i) => `word${i}`).join(' ')
  const framed = `Skip to content. Home. News. Search. Print this page. Sign in. Read more on our website. Welcome.\n${body}`
  const texts = {
    r: 'The roof leaks.',
    q: body,
    k: framed,
    // The frame of both ends is too much beside `q`, that of one is not beside `k`.
    e: `${framed}\n${'Terms of use. Read more on our website. Contact us. '.repeat(2).trim()}`,
  }
  const said = [texts.r, 'One.', 'Two.', texts.r, texts.e, texts.k, texts.q, 'Three.']
  const candidates = list('A', 'B', 'B', 'B', 'X', 'A', 'B', 'B')
  const asked: ChunkId[] = []
  const read: ReadPassages = async (chunks) => {
    assert.ok(chunks.length > 0, 'Nothing was asked for')
    asked.push(...chunks)
    const named = candidates.filter(({ chunkId }) => chunks.includes(chunkId))
    return new Map(
      named.map(({ chunkId, documentId }) => [chunkId, passage(chunkId, documentId, said[chunkId - 1] ?? '')]),
    )
  }
  const { passages } = await createSelectionReader(read, nearDuplicates())(candidates, { ...PAGE, perDocument: 3 })
  assert.deepEqual(chunksOf(passages), [1, 2, 3, 6, 8])
  assert.equal(new Set(asked).size, asked.length)
})

test('a hundred copies are told apart in few readings, and one that has gone leaves its place to the next', async () => {
  const candidates = list(...Array.from({ length: 100 }, (_, i) => `copy ${i}`), 'other')
  const limits = { ...PAGE, documents: 10 }
  let readings = 0
  const read: ReadPassages = async (chunks) => {
    readings++
    const there = candidates.filter(({ chunkId }) => chunks.includes(chunkId) && chunkId !== 1)
    return new Map(
      there.map(({ chunkId, documentId }) => [
        chunkId,
        passage(chunkId, documentId, documentId === 'other' ? 'Another text.' : 'The same text.'),
      ]),
    )
  }
  const { passages, gone } = await createSelectionReader(read, nearDuplicates())(candidates, limits)
  assert.deepEqual(chunksOf(passages), [2, 101])
  assert.equal(passages[0]?.duplicates.length, 98)
  assert.deepEqual([...gone], [1])
  assert.ok(readings <= 6, `${readings} readings`)
})

test('a document that has gone costs two readings, however many of its passages were found, and is not asked for again', async () => {
  const candidates = list(...Array.from({ length: 100 }, () => 'gone'), 'other')
  const readings: number[] = []
  const read: ReadPassages = async (chunks) => {
    readings.push(chunks.length)
    return new Map(
      chunks.filter((chunk) => chunk === 101).map((chunk) => [chunk, passage(chunk, 'other' as DocumentId, 'A text.')]),
    )
  }
  const selectRead = createSelectionReader(read, nearDuplicates())
  for (let again = 0; again < 2; again++) {
    const { passages, gone } = await selectRead(candidates, { ...PAGE, perDocument: 3 })
    assert.deepEqual(chunksOf(passages), [101])
    assert.equal(gone.size, 100)
  }
  assert.deepEqual(readings, [4, 97])
})

const passage = (chunkId: ChunkId, documentId: DocumentId, text: string): StoredPassage => ({
  chunkId,
  documentId,
  version: 1,
  ordinal: 0,
  start: 0,
  end: text.length,
  page: null,
  headings: [],
  context: '',
  text,
  title: documentId,
  language: null,
  document: { summary: '', metadata: '{}', createdAt: '', contentLength: 20, chunkCount: 1 },
})
