import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { ChunkId, DocumentId, UserId } from '../../core/ids.ts'
import type { Evidence } from '../../core/ports/language-models.ts'
import { buildLedger, narrowed } from './evidence.ts'
import type { RankedPassage } from './passages.ts'
import { piecesOf } from './pieces.ts'
import { buildPrompt } from './prompt.ts'
import { UNRANKED } from './sentence-ranking.ts'
import { verifyAnswer } from './verify.ts'

/** A document of these passages, with what lies between them. */
function stored(document: string, ...texts: readonly (readonly [text: string, gap: string])[]) {
  let content = ''
  const passages = texts.map(([text, gap], ordinal): RankedPassage => {
    const start = content.length
    content += text + gap
    return {
      chunkId: (100 * (document.codePointAt(0) ?? 0) + ordinal) as ChunkId,
      documentId: document as DocumentId,
      version: 1,
      title: document,
      context: `Under ${ordinal}`,
      text,
      ordinal,
      start,
      end: start + text.length,
      page: ordinal + 1,
      language: 'en',
      cosine: 0.5,
      bm25: 0,
      fused: 1,
      relevance: 0.5,
      keyword: 0,
    }
  })
  return { content, passages }
}

const BRIDGE = stored(
  'bridge',
  ['The bridge was opened in 1932.', ' \n\t\n'],
  ['It was designed by John Bradfield, an engineer.', '\n\n'],
  ['About 1,400 men worked on it.', '\n\n'],
  ['Tolls are paid southwards.', ''],
)
const OPERA = stored('opera', ['The opera house was opened in 1973.', ''])

function ledger(...passages: (RankedPassage | undefined)[]): Evidence[] {
  const found = passages.flatMap((passage) => passage ?? [])
  return buildLedger(
    found,
    found.map(({ text }) => ({ pieces: piecesOf(text, 'en'), candidates: [] })),
    UNRANKED,
  )
}

const verify = (text: string, evidence: readonly Evidence[], content = BRIDGE.content) =>
  verifyAnswer('ann' as UserId, text, evidence, {
    content: async () => content,
    words: { idf: async (_owner, words) => new Float64Array(words.length).fill(1) },
  })

describe('evidence', () => {
  const [first, second, third, fourth] = BRIDGE.passages
  const [opera] = OPERA.passages

  test('has passages that follow each other as one, in reading order, numbered by the best of them', () => {
    const evidence = ledger(third, opera, second, fourth, first)
    assert.deepEqual(
      evidence.map(({ number, documentId, parts }) => [number, documentId, parts.map(({ rank }) => rank)]),
      [
        [1, 'bridge', [4, 2, 0, 3]],
        [2, 'opera', [1]],
      ],
    )
    assert.deepEqual(
      ledger(first, third).map(({ number, parts }) => [number, parts.map(({ chunkId }) => chunkId)]),
      [
        [1, [first?.chunkId]],
        [2, [third?.chunkId]],
      ],
    )
  })

  test('of another version, or far behind, stays apart', () => {
    assert.equal(ledger(first, second && { ...second, version: 2 }).length, 2)
    assert.equal(ledger(first, second && { ...second, start: second.start + 300, end: second.end + 300 }).length, 2)
  })

  test('is cited with the passage and page where the quote begins, and exactly as it is stored', async () => {
    const evidence = ledger(second, first, third)
    const { citations } = await verify(
      'About 1,400 men worked on it [1]. The bridge was opened in 1932. It was designed by John Bradfield [1].',
      evidence,
    )
    const places = citations.map(({ place, verdict }) => [place?.chunkId, place?.page, verdict])
    assert.deepEqual(places[0], [third?.chunkId, 3, 'supported'])
    for (const { place } of citations) assert.equal(place?.quote, BRIDGE.content.slice(place?.start, place?.end))

    const across = await verify('In 1932 the bridge was opened, designed by John Bradfield, an engineer [1].', evidence)
    const place = across.citations[0]?.place
    assert.deepEqual([place?.chunkId, place?.page], [first?.chunkId, 1])
    assert.equal(place?.quote, `${first?.text} \n\t\n${second?.text}`)
  })

  test('is not cited where the store says something else, be it between two passages', async () => {
    const claim = 'In 1932 the bridge was opened, designed by John Bradfield, an engineer [1].'
    const evidence = ledger(second, first)
    for (const other of [BRIDGE.content.replace(' \n\t\n', ' not'), BRIDGE.content.replace('1932', '1933')]) {
      assert.equal(other.length, BRIDGE.content.length)
      const { citations } = await verify(claim, evidence, other)
      assert.deepEqual([citations[0]?.place, citations[0]?.doubt], [null, 'source_changed'])
    }
  })

  test('completes a sentence that a border cuts, be it by a piece of what was not found', async () => {
    const cut = stored(
      'cut',
      ['The letter begins with what it is about. The amount that is due under', '\n\n'],
      ['the agreement is 4,500 euros. More is said of it in the second part. What follows was never', '\n'],
      ['written down by anyone.', ''],
    )
    const [head, middle, tail] = cut.passages as [RankedPassage, RankedPassage, RankedPassage]
    const pieceOf = (of: RankedPassage, text: string): RankedPassage => {
      const start = of.start + of.text.indexOf(text)
      return { ...of, text, start, end: start + text.length }
    }
    const due = 'The amount that is due under the agreement is 4,500 euros.'
    for (const evidence of [
      ledger({ ...head, after: pieceOf(middle, 'the agreement is 4,500 euros.') }),
      ledger(middle, head),
    ]) {
      assert.equal(evidence.length, 1)
      assert.ok(evidence[0]?.sentences.some(({ text }) => text === due))
      const { citations } = await verify(`${due.slice(0, -1)} [1].`, evidence, cut.content)
      const place = citations[0]?.place
      assert.deepEqual(
        [place?.chunkId, place?.quote, citations[0]?.verdict],
        [head.chunkId, due.replace(' the agreement', '\n\nthe agreement'), 'supported'],
      )
    }
    const [last] = ledger({ ...tail, before: pieceOf(middle, 'What follows was never') })
    assert.deepEqual(
      last?.sentences.map(({ text }) => text),
      ['What follows was never written down by anyone.'],
    )
    assert.deepEqual(
      last?.parts.map(({ chunkId, rank }) => [chunkId, rank]),
      [
        [middle.chunkId, 0.5],
        [tail.chunkId, 0],
      ],
    )
  })

  test('that does not fit a prompt loses the passages that were found last', () => {
    const long = stored(
      'long',
      ...Array.from({ length: 4 }, (_, i) => [`Part ${i}. ${'word '.repeat(120)}end.`, '\n\n'] as const),
    )
    const [a, b, c, d] = long.passages
    const prompt = buildPrompt({ question: 'Why?', evidence: ledger(c, opera, d, b, a), contextWindow: 1250 })
    assert.deepEqual(
      prompt.evidence.map(({ number, parts }) => [number, parts.map(({ rank }) => rank)]),
      [
        [1, [0, 2]],
        [2, [1]],
      ],
    )
    const asked = prompt.messages.at(-1)?.content ?? ''
    assert.match(asked, /Under: Under 2\nPages: 3 to 4\nPart 2\./)
    assert.ok(asked.includes('Part 3.') && !asked.includes('Part 1.'))
  })
})

const gap = fc.array(fc.constantFrom(' ', '\n', '\t'), { maxLength: 4 }).map((list) => list.join(''))
const documents = fc.array(fc.tuple(fc.constantFrom('One.', 'Two two.', 'Three or more words.'), gap), {
  minLength: 1,
  maxLength: 8,
})

test('any evidence is the document’s text but for white space, each passage in it once, each sentence exact', () => {
  fc.assert(
    fc.property(documents, fc.infiniteStream(fc.nat()), (texts, random) => {
      const { content, passages } = stored('any', ...texts)
      const found = passages
        .map((passage) => ({ passage, by: random.next().value }))
        .filter(({ by }) => by % 3 > 0)
        .toSorted((x, y) => x.by - y.by)
        .map(({ passage }) => passage)
      const evidence = ledger(...found)
      assert.deepEqual(
        evidence.flatMap(({ parts }) => parts.map(({ rank }) => rank)).toSorted((x, y) => x - y),
        [...found.keys()],
      )
      assert.deepEqual(
        evidence.map(({ number }) => number),
        Array.from(evidence, (_, i) => i + 1),
      )
      for (const one of evidence) {
        assert.equal(one.text.length, one.end - one.start)
        assert.equal(one.text.replace(/\s/g, ' '), content.slice(one.start, one.end).replace(/\s/g, ' '))
        for (const { start, end, text } of one.sentences) assert.equal(content.slice(start, end), text)
        const cut = narrowed(one, ({ rank }) => rank % 2 === 0)
        if (cut !== undefined) assert.equal(cut.text, one.text.slice(cut.start - one.start, cut.end - one.start))
      }
    }),
  )
})
