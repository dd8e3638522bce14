import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { ChunkId, DocumentId } from '../core/ids.ts'
import { analyze } from './analyzer.ts'
import { BM25_B, BM25_K1, TITLE_WEIGHT } from './bm25.ts'
import { DocumentWords } from './document-words.fixture.ts'
import { languageOf } from './languages.ts'

const chunkId = (id: number): ChunkId => id as ChunkId
const documentId = (id: string): DocumentId => id as DocumentId
/** Small, so that what is sealed and merged comes up with a few passages. */
const TINY = { open: 2, fanOut: 2, most: 8 }

/** What the index should hold: document -> chunk -> text, whose first line is a title if it has two. */
type Oracle = Map<string, Map<number, string>>

const analysedPassages = (oracle: Oracle) =>
  [...oracle.values()].flatMap((document) =>
    [...document].map(([chunk, all]) => {
      const [title, text] = split(all)
      const language = languageOf(text)
      const titled = analyze(title, language)
      return { chunk, titled, terms: [...titled, ...analyze(text, language)] }
    }),
  )

function split(all: string): [title: string, text: string] {
  const [title, text] = all.split('\n')
  return text === undefined ? ['', all] : [title ?? '', text]
}

/** For each word of the query what it may be in a passage: what each language makes of it that a passage is in. */
function slowWords(oracle: Oracle, query: string): Set<string>[] {
  const languages = [...oracle.values()].flatMap((document) =>
    [...document.values()].map((all) => languageOf(split(all)[1])),
  )
  const analysed = (languages.length === 0 ? (['en'] as const) : languages).map((language) => analyze(query, language))
  return (analysed[0] ?? []).map((_, i) => new Set(analysed.map((terms) => terms[i] ?? '')))
}

/** BM25 as its formula stands in a textbook. */
function slowScores(oracle: Oracle, query: string): Map<number, number> {
  const analysed = analysedPassages(oracle)
  const average = analysed.reduce((sum, { terms }) => sum + terms.length, 0) / analysed.length
  const scores = new Map(analysed.map(({ chunk }) => [chunk, 0]))
  for (const word of slowWords(oracle, query)) {
    const holders = analysed.filter(({ terms }) => terms.some((term) => word.has(term))).length
    const idf = Math.log(1 + (analysed.length - holders + 0.5) / (holders + 0.5))
    for (const { chunk, titled, terms } of analysed) {
      const times = (list: readonly string[]): number => list.filter((other) => word.has(other)).length
      const count = times(terms) + (TITLE_WEIGHT - 1) * times(titled)
      const norm = BM25_K1 * (1 - BM25_B + (BM25_B * terms.length) / average)
      if (count > 0) scores.set(chunk, (scores.get(chunk) ?? 0) + (idf * count) / (count + norm))
    }
  }
  return scores
}

/** What the design's page says of pairs, over the passages in the scope, in the plainest way. */
function slowPhrases(oracle: Oracle, query: string, scope: ReadonlySet<number>): Map<number, number> {
  const all = analysedPassages(oracle)
  const average = all.reduce((sum, { terms }) => sum + terms.length, 0) / all.length
  const candidates = all.filter(({ chunk }) => scope.has(chunk))
  const scores = new Map(candidates.map(({ chunk }) => [chunk, 0]))
  const words = slowWords(oracle, query)
  const pairs = new Map(
    words.slice(1).map((second, i) => {
      const first = words[i] ?? new Set<string>()
      return [[...first, '', ...second].join(' '), { first, second }]
    }),
  )
  for (const { first, second } of pairs.values()) {
    const times = (terms: readonly string[]): number =>
      terms.slice(1).filter((term, i) => first.has(terms[i] ?? '') && second.has(term)).length
    const holders = candidates.filter(({ terms }) => times(terms) > 0).length
    const idf = Math.log(1 + (all.length - holders + 0.5) / (holders + 0.5))
    for (const { chunk, terms } of candidates) {
      const count = times(terms)
      const norm = BM25_K1 * (1 - BM25_B + (BM25_B * terms.length) / average)
      if (count > 0) scores.set(chunk, (scores.get(chunk) ?? 0) + (idf * count) / (count + norm))
    }
  }
  return scores
}

function put(
  index: DocumentWords,
  oracle: Oracle,
  document: string,
  texts: readonly string[],
  chunks: () => number,
): void {
  const passages = texts.map((text) => ({ chunk: chunkId(chunks()), text }))
  index.replaceDocument(
    documentId(document),
    passages.map(({ chunk, text }) => ({ chunk, ...index.analyse(...split(text)) })),
  )
  if (texts.length === 0) oracle.delete(document)
  else oracle.set(document, new Map(passages.map(({ chunk, text }) => [chunk, text])))
}

const vocabulary = 'alpha beta gamma delta epsilon zeta the running runs GPT-4o cell cells Häuser Haus 北京'.split(' ')
const sentence = fc.array(fc.constantFrom(...vocabulary), { maxLength: 12 }).map((words) => words.join(' '))
const text = fc
  .tuple(
    fc.constantFrom('', 'alpha the beta\n', 'Häuser\n'),
    sentence,
    fc.constantFrom('', '', 'und nicht oder aber', 'pero nosotros muy también'),
  )
  .map(([title, words, stopWords]) => `${title}${words} ${stopWords}`)
const change = fc.record({
  document: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  texts: fc.array(text, { maxLength: 4 }),
})

function check(
  index: DocumentWords,
  oracle: Oracle,
  query: string,
  limit: number,
  documents?: readonly string[],
): void {
  const inScope = [...oracle].filter(([document]) => documents?.includes(document) ?? true)
  const chunksInScope = new Set(inScope.flatMap(([, chunks]) => [...chunks.keys()]))
  const slow = slowScores(oracle, query)
  const scope = documents?.map(documentId)
  const asked = [...slow.keys(), 99_999]
  const { bm25: exact, phrase } = index.score(scope, query, Float64Array.from(asked))
  const slowPairs = slowPhrases(oracle, query, chunksInScope)
  asked.forEach((chunk, i) => {
    const pairs = slowPairs.get(chunk) ?? Number.NaN
    if (Number.isNaN(pairs)) assert.ok(Number.isNaN(phrase[i]))
    else assert.ok(Math.abs((phrase[i] ?? Number.NaN) - pairs) < 1e-12, `phrases of ${chunk}`)
  })
  asked.forEach((chunk, i) => {
    const expected = chunksInScope.has(chunk) ? slow.get(chunk) : Number.NaN
    if (Number.isNaN(expected)) assert.ok(Number.isNaN(exact[i]))
    else assert.ok(Math.abs((exact[i] ?? Number.NaN) - (expected ?? 0)) < 1e-12)
  })
  // The order is checked on the scores that the index itself gives: sums in another order differ in the last bits.
  const expected = asked
    .map((chunk, i) => ({ chunk, score: exact[i] ?? Number.NaN }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.chunk - b.chunk)
    .slice(0, limit)
  const found = index.search(scope, query, limit)
  assert.deepEqual(
    [...found.chunks].map((chunk, i) => ({ chunk, score: found.scores[i] })),
    expected,
  )
}

test('scores, order and filters equal a slow reading of the formula, through replacing and deleting', () => {
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 12 }),
      text,
      fc.nat(8),
      fc.option(fc.subarray(['a', 'b', 'c', 'gone']), { nil: undefined }),
      (changes, query, limit, documents) => {
        const index = new DocumentWords(TINY)
        const oracle: Oracle = new Map()
        let chunk = 0
        for (const { document, texts } of changes) put(index, oracle, document, texts, () => ++chunk)
        check(index, oracle, query, limit, documents)
        index.load(index.save())
        check(index, oracle, query, limit, documents)
        index.renumber()
        check(index, oracle, query, limit, documents)
        assert.equal(
          index.count,
          [...oracle.values()].reduce((sum, chunks) => sum + chunks.size, 0),
        )
      },
    ),
    { numRuns: 400 },
  )
})

test('passages are stemmed as their language has it, queries as each that is there', () => {
  const index = new DocumentWords()
  const oracle: Oracle = new Map()
  let chunk = 0
  const texts = {
    en: 'The nations agreed on the treaties that they had with them',
    de: 'Die Verträge wurden nicht von allen Nationen und auch nicht gleich unterschrieben',
    es: 'Las naciones firmaron los tratados, pero nosotros no estábamos con ellas',
  }
  for (const [language, sentenceIn] of Object.entries(texts)) {
    assert.equal(languageOf(sentenceIn), language)
    put(index, oracle, language, [sentenceIn], () => ++chunk)
  }
  const found = (query: string): number[] => [...index.search(undefined, query, 10).chunks]
  assert.deepEqual(found('treaty'), [1])
  assert.deepEqual(found('nation treaty'), [1, 2])
  assert.deepEqual(found('Vertrag der Nation'), [2, 1])
  assert.deepEqual(found('nación'), [3])
  for (const query of ['Vertrag der Nation', 'tratado treaty', 'firmaron los tratados']) check(index, oracle, query, 10)
  index.deleteDocument(documentId('de'))
  assert.deepEqual(found('Vertrag'), [])
})

test('equal scores stand in the order of their chunk ids, whatever the order of arrival', () => {
  const index = new DocumentWords()
  for (const id of [9, 3, 7, 1, 5]) {
    index.replaceDocument(documentId(`d${id}`), [{ chunk: chunkId(id), ...index.analyse('', 'same words') }])
  }
  assert.deepEqual([...index.search(undefined, 'words', 3).chunks], [1, 3, 5])
})

test('long blocks of postings are read to their end', () => {
  const index = new DocumentWords()
  const oracle: Oracle = new Map()
  let chunk = 0
  for (let i = 0; i < 40; i++) {
    const texts = Array.from({ length: 100 }, (_, k) => `common ${k % 7 === 0 ? 'common seldom' : 'often'} word${k}`)
    put(index, oracle, `d${i}`, texts, () => ++chunk)
  }
  assert.equal(index.search(undefined, 'common', 10_000).chunks.length, 4000)
  check(index, oracle, 'seldom common word7', 50)
})

test('replacing again and again takes no more room and leaves the scores as they are', () => {
  const oracle: Oracle = new Map()
  const index = new DocumentWords()
  let chunk = 0
  let renumbered = 0
  let most = 0
  for (let round = 0; round < 12_000; round++) {
    put(index, oracle, `d${round % 3}`, [`alpha beta${round}`, 'alpha gamma'], () => ++chunk)
    most = Math.max(most, index.bytes)
    if (!index.worthRenumbering) continue
    index.renumber()
    renumbered++
  }
  assert.equal(renumbered, 2)
  assert.ok(most < 1_000_000, `${most} bytes for six passages`)
  check(index, oracle, 'alpha beta11999 gamma', 10)
  assert.equal(index.search(undefined, 'beta3', 10).chunks.length, 0)
})

test('segments of every size are found, and what is gone of them is not', () => {
  const index = new DocumentWords()
  const oracle: Oracle = new Map()
  let chunk = 0
  for (let i = 0; i < 100; i++) {
    const texts = Array.from({ length: 100 }, (_, k) => `common word${k} of${i % 7}`)
    put(index, oracle, `d${i % 90}`, texts, () => ++chunk)
  }
  assert.equal(index.search(undefined, 'common', 20_000).chunks.length, 9000)
  index.load(index.save())
  for (let i = 0; i < 60; i++) put(index, oracle, `d${i}`, [], () => ++chunk)
  assert.equal(index.search(undefined, 'common', 20_000).chunks.length, 3000)
  assert.equal(index.count, 3000)
  check(index, oracle, 'word7 of3', 40, ['d60', 'd89', 'd3'])
})

test('the query: its terms once each, repeats in the sum, unknown words as if in no passage', () => {
  const index = new DocumentWords()
  index.replaceDocument(documentId('d'), [
    { chunk: chunkId(1), ...index.analyse('', 'alpha beta') },
    { chunk: chunkId(2), ...index.analyse('', 'alpha') },
  ])
  const { query } = index.search(undefined, 'the Alpha alpha zeta', 10)
  const alpha = Math.log(1 + 0.5 / 2.5)
  const zeta = Math.log(1 + 2.5 / 0.5)
  assert.deepEqual(query.terms, ['alpha', 'zeta'])
  assert.deepEqual(query.idf, [alpha, zeta])
  assert.ok(Math.abs(query.idfSum - (2 * alpha + zeta)) < 1e-12)
  assert.deepEqual([index.idf('the'), index.idf('ALPHA'), index.idf('zeta')], [0, alpha, zeta])
})

test('nothing asked, nothing stored, nothing wanted', () => {
  const index = new DocumentWords()
  assert.equal(index.search(undefined, 'alpha', 10).chunks.length, 0)
  index.replaceDocument(documentId('d'), [{ chunk: chunkId(1), ...index.analyse('', 'alpha') }])
  assert.equal(index.search(undefined, '', 10).chunks.length, 0)
  assert.equal(index.search(undefined, 'alpha', 0).chunks.length, 0)
  assert.equal(index.search([], 'alpha', 10).chunks.length, 0)
  const { bm25, phrase } = index.score(undefined, 'the', Float64Array.of(1, 2))
  assert.deepEqual([...bm25], [0, Number.NaN])
  assert.deepEqual([...phrase], [0, Number.NaN])
})

test('a term that only a waiting passage brings counts as unknown until it is put in place', () => {
  const index = new DocumentWords()
  const analysed = index.analyse('', 'alpha')
  assert.equal(index.search(undefined, 'alpha', 10).chunks.length, 0)
  assert.ok(index.idf('alpha') > 0)
  index.replaceDocument(documentId('d'), [{ chunk: chunkId(1), ...analysed }])
  assert.equal(index.search(undefined, 'alpha', 10).chunks.length, 1)
})
