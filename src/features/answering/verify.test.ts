import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChunkId, DocumentId, UserId } from '../../core/ids.ts'
import type { Evidence } from '../../core/ports/language-models.ts'
import { piecesOf } from './pieces.ts'
import { verifyAnswer } from './verify.ts'

const OWNER = 'ann' as UserId
const CONTENT =
  'Preface.\n\nThe Sydney Harbour Bridge was opened to all traffic\nin 1932. It was designed by John Bradfield. ' +
  'About 1,400 men worked on it for eight years.'
const START = CONTENT.indexOf('The Sydney')

function passage(number: number, text = CONTENT.slice(START)): Evidence {
  return {
    number,
    documentId: 'bridges' as DocumentId,
    version: 2,
    title: 'Bridges_of_Australia',
    parts: [{ chunkId: 7 as ChunkId, context: '', page: 3, start: START, end: START + text.length, rank: number - 1 }],
    start: START,
    end: START + text.length,
    text,
    sentences: piecesOf(text).map((piece) => ({
      start: START + piece.start,
      end: START + piece.end,
      text: piece.text,
      score: null,
      probability: 0.5,
      covers: [],
    })),
  }
}

const verify = (answer: string, evidence = [passage(1)], stored: string | undefined = CONTENT) =>
  verifyAnswer(OWNER, answer, evidence, {
    content: async () => stored,
    words: { idf: async (_owner, words) => new Float64Array(words.length).fill(1) },
  })

test('a quoted sentence resolves to exactly its characters, line break and all', async () => {
  const { citations, claims } = await verify('The Sydney Harbour Bridge was opened to all traffic in 1932 [1].')
  const place = citations[0]?.place
  assert.equal(place?.quote, 'The Sydney Harbour Bridge was opened to all traffic\nin 1932.')
  assert.equal(CONTENT.slice(place?.start, place?.end), place?.quote)
  assert.deepEqual([place?.page, place?.version, citations[0]?.verdict], [3, 2, 'supported'])
  assert.deepEqual(claims[0]?.citations, [0])
})

test('a rewritten sentence resolves to the smallest run of sentences that carries it', async () => {
  const one = await verify('John Bradfield designed it [1].')
  assert.equal(one.citations[0]?.place?.quote, 'It was designed by John Bradfield.')
  const two = await verify('Designed by John Bradfield, it took eight years of work by 1400 men [1].')
  assert.equal(
    two.citations[0]?.place?.quote,
    'It was designed by John Bradfield. About 1,400 men worked on it for eight years.',
  )
  assert.equal(two.citations[0]?.verdict, 'supported')
})

test('what the passage does not say is unsupported, with the nearest quote and the reason', async () => {
  const { citations, claims } = await verify('The Sydney Harbour Bridge was opened in 1933 [1].')
  assert.deepEqual([citations[0]?.verdict, citations[0]?.doubt], ['unsupported', 'number'])
  assert.equal(citations[0]?.place?.quote, 'The Sydney Harbour Bridge was opened to all traffic\nin 1932.')
  assert.deepEqual([claims[0]?.verdict, claims[0]?.doubt], ['unsupported', 'number'])
})

test('a mark of no passage stays, without a place', async () => {
  const { citations } = await verify('The Sydney Harbour Bridge was opened in 1932 [4].')
  assert.deepEqual(citations, [{ number: 4, place: null, score: 0, verdict: 'unsupported', doubt: 'unknown_source' }])
})

test('a sentence without a mark is said to have none', async () => {
  const { claims } = await verify('Sydney has many bridges worth a visit.')
  assert.deepEqual([claims[0]?.verdict, claims[0]?.doubt], ['unsupported', 'no_citation'])
})

test('a document that changed after it was read cannot be quoted', async () => {
  for (const stored of [CONTENT.replace('1932', '1931'), undefined]) {
    const evidence = [passage(1)]
    const { citations } = await verifyAnswer(OWNER, 'The Sydney Harbour Bridge was opened in 1932 [1].', evidence, {
      content: async () => stored,
      words: { idf: async (_owner, words) => new Float64Array(words.length) },
    })
    assert.deepEqual([citations[0]?.place, citations[0]?.doubt], [null, 'source_changed'])
  }
})

test('one citation that carries the sentence is enough', async () => {
  const other = passage(2, 'Bridges are painted grey in that town.')
  const { claims } = await verify('John Bradfield designed the bridge [2][1].', [passage(1), other])
  assert.equal(claims[0]?.verdict, 'supported')
  assert.equal(claims[0]?.citations.length, 2)
})

test('a part of a sentence that leaves out what denies it is not supported', async () => {
  const text = 'Nobody believed that the old bridge was closed in 1932.'
  const { citations } = await verify('The old bridge was closed in 1932 [1].', [passage(1, text)], undefined)
  assert.equal(citations[0]?.verdict === 'supported', false)
})

test('two sources that carry a sentence only together do so, each in part', async () => {
  const other = {
    ...passage(2, 'The opera house in Sydney was designed by Jørn Utzon.'),
    documentId: 'other' as DocumentId,
  }
  const sentence = 'John Bradfield designed the bridge and Jørn Utzon designed the opera house'
  const evidence = [passage(1), other]
  const { claims, citations } = await verifyAnswer(OWNER, `${sentence} [1][2].`, evidence, {
    content: async (document) => (document === 'other' ? `${CONTENT.slice(0, START)}${other.text}` : CONTENT),
    words: { idf: async (_owner, words) => new Float64Array(words.length).fill(1) },
  })
  assert.equal(claims[0]?.verdict, 'supported')
  assert.deepEqual(
    citations.map(({ doubt }) => doubt),
    ['partial', 'partial'],
  )
})

test('other evidence that gives another number, or denies it, is named with the sentence', async () => {
  const sentence = 'The Sydney Harbour Bridge was opened to all traffic in 1932.'
  const against = async (text: string) => {
    const evidence = [passage(1), { ...passage(2, text), documentId: 'other' as DocumentId }]
    const { claims } = await verifyAnswer(OWNER, `${sentence.slice(0, -1)} [1].`, evidence, {
      content: async (document) => (document === 'other' ? `${CONTENT.slice(0, START)}${text}` : CONTENT),
      words: { idf: async (_owner, words) => new Float64Array(words.length).fill(1) },
    })
    return claims[0]?.contradictedBy.map(({ number, place, doubt }) => [number, place.quote, doubt])
  }
  const other = 'The Sydney Harbour Bridge was opened to all traffic in 1935.'
  assert.deepEqual(await against(other), [[2, other, 'number']])
  const denied = 'The Sydney Harbour Bridge was not opened to all traffic in 1932.'
  assert.deepEqual(await against(denied), [[2, denied, 'negation']])
  for (const fact of [
    'The Brooklyn Bridge was opened to all traffic in 1883.',
    'The Sydney Harbour Bridge carried 50,000 cars in 1935.',
    sentence,
  ])
    assert.deepEqual(await against(fact), [], fact)
})

test('vectors decide what words leave open, and are asked for nothing else', async () => {
  const judged = async (sentence: string, alike: number) => {
    let asked = 0
    const { claims } = await verifyAnswer(OWNER, `${sentence} [1].`, [passage(1)], {
      content: async () => CONTENT,
      words: { idf: async (_owner, words) => new Float64Array(words.length).fill(1) },
      similarity: async () => {
        asked++
        return [{ cosine: alike }]
      },
    })
    return [claims[0]?.verdict, asked]
  }
  const loose = 'Roughly 1,400 labourers worked there during eight long years'
  assert.deepEqual(await judged(loose, 0.95), ['supported', 1])
  assert.deepEqual(await judged(loose, 0.5), ['unsupported', 1])
  assert.deepEqual(await judged('About 1,300 men worked on it for eight years', 0.99), ['unsupported', 0])
  assert.deepEqual(await judged('About 1,400 men worked on it for eight years', 0.1), ['supported', 0])
})

test('words of a sentence that are said otherwise decide, where the encoder gives vectors of words', async () => {
  const judged = async (sentence: string, match: number) => {
    const { claims } = await verifyAnswer(OWNER, `${sentence} [1].`, [passage(1)], {
      content: async () => CONTENT,
      words: { idf: async (_owner, words) => new Float64Array(words.length).fill(1) },
      similarity: async (own, others) =>
        others.map(() => ({
          cosine: 0.86,
          words: own.words.map(() => ({ cosine: match, at: 0, mutual: match > 0.7 })),
        })),
    })
    return claims[0]?.verdict
  }
  const free = 'Roughly 1,400 labourers toiled there during eight long years'
  assert.equal(await judged(free, 0.85), 'supported')
  assert.equal(await judged(free, 0.5), 'unsupported')
  assert.equal(await judged('Roughly 1,500 labourers toiled there during eight long years', 0.85), 'unsupported')
})

test('a denial that only the pairing of words shows is refused, though vectors find the same', async () => {
  const text = 'The crew did not rescue the sailors before sunset.'
  const { claims } = await verifyAnswer(OWNER, 'The team saved the seamen before sunset [1].', [passage(1, text)], {
    content: async () => `${CONTENT.slice(0, START)}${text}`,
    words: { idf: async (_owner, words) => new Float64Array(words.length).fill(1) },
    similarity: async (own, others) =>
      others.map(() => ({ cosine: 0.9, words: own.words.map((_, at) => ({ cosine: 0.85, at, mutual: true })) })),
  })
  assert.deepEqual([claims[0]?.verdict, claims[0]?.doubt], ['unsupported', 'negation'])
})
