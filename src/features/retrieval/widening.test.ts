import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ChunkId, DocumentId } from '../../core/ids.ts'
import type { RankedPassage } from './ranked-passage.ts'
import type { Position, StoredPassage } from './repository.ts'
import { widened } from './widening.ts'

function document(...texts: readonly string[]): RankedPassage[] {
  let at = 0
  return texts.map((text, ordinal): RankedPassage => {
    const start = at
    at += text.length + 2
    return {
      chunkId: (10 + ordinal) as ChunkId,
      documentId: 'd' as DocumentId,
      version: 1,
      ordinal,
      start,
      end: start + text.length,
      page: ordinal,
      headings: [],
      context: '',
      text,
      title: 'd',
      language: 'en',
      document: { summary: '', metadata: '{}', createdAt: '', contentLength: 20, chunkCount: 1 },
      cosine: 0,
      bm25: 0,
      fused: 1,
      relevance: 1,
      keyword: 0,
      duplicates: [],
    }
  })
}

/** What the passages at `found` are widened by, and the ordinals that were read for it. */
async function widen(passages: readonly RankedPassage[], ...found: readonly number[]) {
  const read: number[] = []
  const wide = await widened(
    found.flatMap((ordinal) => passages[ordinal] ?? []),
    async (positions: readonly Position[]): Promise<StoredPassage[]> => {
      read.push(...positions.map(({ ordinal }) => ordinal))
      return positions.flatMap(({ ordinal }) => passages[ordinal] ?? [])
    },
  )
  return { wide, read }
}

describe('a passage', () => {
  test('is widened by what its borders cut off its sentences, with the places of that', async () => {
    const passages = document(
      'The agreement begins with what it is about. What is due under',
      'the agreement is not said, but it is known that the whole of it',
      'will be paid. More follows.',
    )
    const { wide } = await widen(passages, 1)
    const [{ before, after } = {}] = wide
    assert.deepEqual(
      [before?.chunkId, before?.page, before?.text, after?.chunkId, after?.text],
      [10, 0, 'What is due under', 12, 'will be paid.'],
    )
    const content = passages.map(({ text }) => text).join('\n\n')
    for (const piece of [before, after]) assert.equal(content.slice(piece?.start, piece?.end), piece?.text)
  })

  test('is not, where sentences end with it, a neighbour is found too, or nothing is there', async () => {
    const whole = document('It is over.', 'Another one begins', 'Here is one more.')
    assert.deepEqual((await widen(whole, 0)).read, [])
    const { wide } = await widen(whole, 1)
    assert.deepEqual([wide[0]?.before, wide[0]?.after], [undefined, undefined])

    const cut = document('what is due under', 'the agreement')
    const both = await widen(cut, 0, 1)
    assert.deepEqual([both.wide[0]?.after, both.wide[1]?.before], [undefined, undefined])
    const first = await widened([cut[0] as RankedPassage], async () => [])
    assert.equal(first[0]?.after, undefined)
  })

  test('is not by rows of a table, or by what no sentence ends', async () => {
    const rows = await widen(document('name | sum', 'harbour | 1932\nopera | 1973'), 0)
    assert.equal(rows.wide[0]?.after, undefined)
    const endless = await widen(document('The list is as follows and has', 'word '.repeat(200).trim()), 0)
    assert.deepEqual([endless.read, endless.wide[0]?.after], [[1], undefined])
  })
})
