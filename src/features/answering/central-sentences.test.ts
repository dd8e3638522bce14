import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { centralSentences, MOST_ASKED, type TextSentence } from './central-sentences.ts'

const atOnce = async <T>(work: () => T): Promise<T> => work()
const quotable = (...texts: string[]): TextSentence[] => texts.map((text) => ({ text, isQuotable: true }))
const choose = async (title: string, sentences: readonly TextSentence[], isWanted?: (at: number) => boolean) =>
  centralSentences(title, sentences, atOnce, isWanted)

const TEXT = quotable(
  'The harbour bridge was opened by the mayor in spring after years of work.',
  'It was painted green by people from the town that lies behind it.',
  'The bridge over the harbour carries trains, trams and cars of the town.',
  'The bridge over the harbour carries trains, trams and cars of our town.',
  'Work on the harbour bridge took eight years and was paid by the town.',
  'Some guests had brought sandwiches and an umbrella for their dog.',
  'A visitor found a coin that was very old and shiny.',
)

test('chosen are sentences that say what the others say, none that only points, and none twice', async () => {
  const { chosen, similarity } = await choose('', TEXT)
  const at = chosen.map((one) => one.at)
  assert.equal(at.length, 3)
  assert.ok(at.includes(0) && !at.includes(1), String(at))
  assert.equal([2, 3].filter((one) => at.includes(one)).length, 1)
  assert.ok(similarity > 0.6 && similarity < 1, String(similarity))
})

test('the words of the title count', async () => {
  const { chosen } = await choose('A very old coin', TEXT)
  assert.ok(
    chosen.some(({ at }) => at === 6),
    JSON.stringify(chosen),
  )
})

test('what is not to be shown, or not wanted, still tells what the text is about', async () => {
  const hidden = TEXT.map((sentence, at) => ({ ...sentence, isQuotable: at !== 0 }))
  const { chosen, centrality } = await choose('', hidden, (at) => at !== 4)
  assert.ok(chosen.length > 0 && chosen.every(({ at }) => at !== 0 && at !== 4))
  assert.ok((centrality[0] ?? 0) > (centrality[5] ?? 0))
})

test('whatever the sentences are, those chosen are among them and the scores within their bounds', async () => {
  const sentence = fc.record({ text: fc.string({ unit: 'binary', maxLength: 80 }), isQuotable: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.array(sentence, { maxLength: 40 }), async (title, sentences) => {
      const { chosen, similarity, centrality } = await choose(title, sentences)
      assert.equal(centrality.length, sentences.length)
      for (const share of [similarity, ...centrality]) assert.ok(share >= 0 && share <= 1, String(share))
      for (const { at, score } of chosen) assert.ok(sentences[at]?.isQuotable === true && score >= 0 && score <= 2)
      assert.equal(new Set(chosen.map(({ at }) => at)).size, chosen.length)
    }),
  )
})

test('of a text that is full of what is not wanted so much is asked, and no more', async () => {
  const sentences = Array.from({ length: 2000 }, (_, i) => `The harbour bridge carries the tram number ${i} of town.`)
  let asked = 0
  const { chosen } = await centralSentences('', quotable(...sentences), atOnce, async () => {
    asked++
    return false
  })
  assert.deepEqual([chosen, asked], [[], MOST_ASKED])
})
