import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { ChunkId, DocumentId } from '../core/ids.ts'
import { analyze } from './analyzer.ts'
import { DocumentWords } from './document-words.fixture.ts'

/** One document a text, whose chunk has its place, from 1, for an id. */
function indexOf(texts: readonly string[]): DocumentWords {
  const index = new DocumentWords()
  texts.forEach((text, i) => {
    index.replaceDocument(`d${i + 1}` as DocumentId, [{ chunk: (i + 1) as ChunkId, ...index.analyse('', text) }])
  })
  return index
}

/** All that meet the conditions, and those of them that a search finds. */
function found(index: DocumentWords, query: string, documents?: readonly string[]): [number[] | undefined, number[]] {
  const scope = documents as readonly DocumentId[] | undefined
  const meets = index.meeting(scope, query)
  const chunks = meets && [...meets]
  return [chunks, [...index.search(scope, query, 1000).chunks].sort((a, b) => a - b)]
}

test('a phrase is met by its words side by side, in order and after analysis', () => {
  const index = indexOf(['due process of law', 'the process is due', 'due, Processes', 'the due tax process', 'law'])
  assert.deepEqual(found(index, '"due process" law'), [
    [1, 3],
    [1, 3],
  ])
  assert.deepEqual(found(index, '"due process" law', ['d3', 'd5', 'd9']), [[3], [3]])
  assert.deepEqual(found(index, '"due elephant" law'), [[], []])
  assert.deepEqual(found(index, 'due law')[0], undefined)
})

test('stop words within a phrase stand for any, and a phrase of nothing else is no condition', () => {
  const index = indexOf(['state of the art', 'the state and the art', 'art of the state'])
  assert.deepEqual(found(index, '"state of the art"')[0], [1, 2])
  assert.deepEqual(found(index, '"of the" state')[0], undefined)
  assert.deepEqual(found(index, '+the art -of')[0], undefined)
})

test('required and excluded words, and what only excludes finds nothing', () => {
  const index = indexOf(['alpha beta', 'alpha gamma', 'beta gamma', 'delta'])
  assert.deepEqual(found(index, '+alpha beta'), [
    [1, 2],
    [1, 2],
  ])
  assert.deepEqual(found(index, 'alpha -beta'), [[2, 4], [2]])
  assert.deepEqual(found(index, '-alpha'), [[], []])
  assert.deepEqual(found(index, 'alpha -unheard'), [
    [1, 2, 3, 4],
    [1, 2],
  ])
})

test('a compound stands for its parts, on both sides', () => {
  const index = indexOf(['use GPT-4o now', 'use GPT 4o now', 'use 4o GPT now', 'snake_case'])
  assert.deepEqual(found(index, '"GPT-4o"')[0], [1, 2])
  assert.deepEqual(found(index, '"use GPT 4o now"')[0], [1, 2])
  assert.deepEqual(found(index, 'now -GPT-4o')[0], [3, 4])
  assert.deepEqual(found(index, '+snake_case')[0], [4])
})

test('phrases where words are not separated', () => {
  const index = indexOf(['我在北京大学', '北方京城', '在东京'])
  assert.deepEqual(found(index, '"北京"')[0], [1])
  assert.deepEqual(found(index, '"在北京"')[0], [1])
})

const words = ['alpha', 'beta', 'the', 'gamma', 'GPT-4o', 'GPT', '4o']
const text = fc.array(fc.constantFrom(...words), { maxLength: 8 }).map((list) => list.join(' '))

test('conditions equal reading every passage, after deletes too', () => {
  const phrase = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 3 }).map((list) => list.join(' '))
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 9 }),
      fc.array(phrase, { maxLength: 2 }),
      fc.array(phrase, { maxLength: 2 }),
      fc.nat(8),
      (texts, required, excluded, gone) => {
        const index = indexOf(texts)
        index.deleteDocument(`d${gone}` as DocumentId)
        const plain = (line: string): string => ` ${analyze(line.replaceAll('-', ' ')).join(' ')} `
        const query = ['beta', ...required.map((t) => `+"${t}"`), ...excluded.map((t) => `-"${t}"`)].join(' ')
        const asked = (lines: readonly string[]): string[] => lines.map(plain).filter((line) => line.trim() !== '')
        const [wanted, unwanted] = [asked(required), asked(excluded)]
        const slow = texts.flatMap((line, i) => {
          const read = plain(line)
          const meets = wanted.every((one) => read.includes(one)) && !unwanted.some((one) => read.includes(one))
          return meets && i + 1 !== gone ? [i + 1] : []
        })
        const [meets, searched] = found(index, query)
        assert.deepEqual(meets, wanted.length + unwanted.length === 0 ? undefined : slow)
        const holders = slow.filter((chunk) => (index.score(undefined, query, Float64Array.of(chunk)).bm25[0] ?? 0) > 0)
        assert.deepEqual(searched, holders)
      },
    ),
    { numRuns: 500 },
  )
})
