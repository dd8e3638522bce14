import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChunkId, DocumentId } from '../../../core/ids.ts'
import type { Evidence, EvidenceSentence, ModelEvent } from '../../../core/ports/language-models.ts'
import { createExtractiveModel } from './extractive.ts'

type Scored = readonly [text: string, score: number | null, probability?: number, covers?: readonly number[]]

function passage(
  number: number,
  document: string,
  sentences: readonly Scored[],
  separator = ' ',
  context = '',
): Evidence {
  const text = sentences.map(([sentence]) => sentence).join(separator)
  let at = 0
  return {
    number,
    documentId: document as DocumentId,
    version: 1,
    title: document,
    parts: [{ chunkId: number as ChunkId, context, page: null, start: 100, end: 100 + text.length, rank: number - 1 }],
    start: 100,
    end: 100 + text.length,
    text,
    sentences: sentences.map(([sentence, score, probability = 0, covers = []]): EvidenceSentence => {
      const start = 100 + text.indexOf(sentence, at)
      at = start - 100 + sentence.length
      return {
        start,
        end: start + sentence.length,
        text: sentence,
        score,
        probability: score === null ? null : probability,
        covers,
      }
    }),
  }
}

async function write(...evidence: Evidence[]): Promise<string> {
  let text = ''
  for await (const event of createExtractiveModel().stream({ messages: [], question: '', evidence })) {
    if (event.type === 'text-delta') text += event.text
  }
  return text
}

test('one sentence where it is probable enough', async () => {
  const evidence = passage(1, 'a', [
    ['The bridge opened in 1932.', 9, 0.9],
    ['The bridge is grey.', 5, 0.07],
  ])
  assert.equal(await write(evidence), 'The bridge opened in 1932 [1].')
})

test('a sentence that is not probable by itself is not added', async () => {
  const evidence = passage(1, 'a', [
    ['The bridge opened in 1932.', 9, 0.7],
    ['The bridge is grey.', 5, 0.07],
    ['The bridge is long.', 5, 0.07],
    ['The bridge is old.', 5, 0.07],
  ])
  assert.equal(await write(evidence), 'The bridge opened in 1932 [1].')
})

test('up to three sentences, the best first, other documents in a paragraph of their own', async () => {
  const first = passage(1, 'a', [
    ['The bridge is grey!', 8, 0.3],
    ['The bridge opened in 1932.', 9, 0.4],
  ])
  const second = passage(2, 'b', [['“Ships pass below.”', 8.5, 0.2]])
  assert.equal(
    await write(second, first),
    'The bridge opened in 1932 [1]. The bridge is grey [1]!\n\n“Ships pass below [2].”',
  )
})

test('a sentence that another one points to is not said twice', async () => {
  const evidence = passage(1, 'a', [
    ['The bridge opened in 1932.', 8, 0.4],
    ['It was designed by John Bradfield.', 9, 0.4],
    ['He died in 1943.', 7, 0.2],
  ])
  assert.equal(
    await write(evidence),
    'It was designed by John Bradfield [1]. The bridge opened in 1932 [1]. He died in 1943 [1].',
  )
})

test('a further sentence is preferred that speaks of another part of the question', async () => {
  const evidence = passage(1, 'a', [
    ['The bridge opened in 1932.', 9, 0.5, [0.5, 0]],
    ['The bridge opened with a parade.', 8, 0.36, [0.5, 0]],
    ['John Bradfield designed it all.', 7, 0.07, [0, 0.5]],
  ])
  assert.equal(await write(evidence), 'The bridge opened in 1932 [1]. John Bradfield designed it all [1].')
})

test('the best sentence, where it opens with a pronoun, brings the one before, behind it', async () => {
  const evidence = passage(1, 'a', [
    ['The bridge opened in 1932.', null],
    ['It was designed by John Bradfield.', 9, 0.9],
  ])
  assert.equal(await write(evidence), 'It was designed by John Bradfield [1]. The bridge opened in 1932 [1].')
})

test('but not where the question has named what the pronoun points to', async () => {
  const evidence = passage(1, 'a', [
    ['The bridge opened in 1932.', 3, 0.05, [0.5, 0]],
    ['It was designed by John Bradfield.', 9, 0.9, [0, 0.5]],
  ])
  assert.equal(await write(evidence), 'It was designed by John Bradfield [1].')
})

test('a table row is read under the names of its columns', async () => {
  const row = passage(
    1,
    'a',
    [
      ['Bridge | Opened | Length', null],
      ['Harbour | 1932 | 1149 m', 9, 0.9],
    ],
    '\n',
  )
  assert.equal(await write(row), 'Bridge: Harbour, Opened: 1932, Length: 1149 m [1].')
  const under = passage(2, 'a', [['Harbour | 1932', 9, 0.9]], ' ', 'Bridges\nName | Year')
  assert.equal(await write(under), 'Name: Harbour, Year: 1932 [2].')
})

test('white space, list marks and reference marks of the source are not shown; cut ends are', async () => {
  const evidence = passage(1, 'a', [
    ['- The bridge\nopened[12] in 1932,', 9, 0.5],
    ['and people came', 3, 0.5],
  ])
  assert.equal(await write(evidence), 'The bridge opened in 1932 [1]… … and people came [1].')
})

test('nothing scored: no text, and it says so', async () => {
  const events: ModelEvent[] = []
  const evidence = [passage(1, 'a', [['A heading', null]])]
  for await (const event of createExtractiveModel().stream({ messages: [], question: '', evidence })) events.push(event)
  assert.deepEqual(events, [{ type: 'finish', reason: 'abstain', tokens: 0 }])
})
