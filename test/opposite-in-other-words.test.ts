import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { after, before, describe, test } from 'node:test'
import { createLocalEmbedder } from '../src/adapters/embedders/local-onnx/local-embedder.ts'
import type { ChunkId, DocumentId, UserId } from '../src/core/ids.ts'
import type { Embedder } from '../src/core/ports/embedding.ts'
import type { Evidence } from '../src/core/ports/language-models.ts'
import type { Logger } from '../src/core/ports/surroundings.ts'
import { piecesOf } from '../src/features/answering/pieces.ts'
import { createSimilarity } from '../src/features/answering/similarity.ts'
import { verifyAnswer } from '../src/features/answering/verify.ts'

const logger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger }
const modelsDir = fileURLToPath(new URL('../models', import.meta.url))

const passage = (text: string): Evidence => ({
  number: 1,
  documentId: 'notes' as DocumentId,
  version: 1,
  title: 'Notes',
  parts: [{ chunkId: 1 as ChunkId, context: '', page: null, start: 0, end: text.length, rank: 0 }],
  start: 0,
  end: text.length,
  text,
  sentences: piecesOf(text).map((piece) => ({ ...piece, score: null, probability: null, covers: [] })),
})

const REDUCES = 'The drug reduces blood pressure in older patients.'
const DOES_NOT = 'The drug does not reduce blood pressure in older patients.'
const LOWER = 'Children who received the vaccine had a markedly lower risk of catching measles.'
const CAN = 'Customers can return the device within thirty days of buying it.'
const CANNOT = 'Customers cannot return opened software.'
const NO_LINK = 'The study found no link between coffee and heart disease.'

const REFUSED: readonly (readonly [quote: string, sentence: string, doubt: string])[] = [
  [REDUCES, 'The medication does not lower blood pressure among elderly people', 'negation'],
  [REDUCES, 'The medication increases blood pressure among elderly people', 'antonym'],
  [DOES_NOT, 'The medication lowers blood pressure among elderly people', 'negation'],
  [LOWER, 'Vaccinated kids did not have a reduced chance of getting measles', 'negation'],
  [LOWER, 'Vaccinated kids had a greater chance of getting measles', 'antonym'],
  [CAN, 'Buyers cannot send back the device within thirty days of purchase', 'negation'],
  [CANNOT, 'Buyers may send back software once it has been unsealed', 'negation'],
]
const SUPPORTED: readonly (readonly [quote: string, sentence: string])[] = [
  [REDUCES, 'The medication lowers blood pressure among elderly people'],
  [DOES_NOT, 'The medication fails to lower blood pressure among elderly people'],
  [LOWER, 'Vaccinated kids had a reduced chance of getting measles'],
  [CAN, 'Buyers may send back the device within thirty days of purchase'],
  [NO_LINK, 'Researchers did not discover any connection between coffee and cardiac illness'],
]

describe('sentences that share few words with their quote', () => {
  let embedder: Embedder

  before(async () => {
    embedder = await createLocalEmbedder({ name: 'bge-small-en-v1.5', modelsDir, threads: 1, logger })
  })
  after(() => embedder.close())

  async function judged(quote: string, sentence: string) {
    const { claims } = await verifyAnswer('ann' as UserId, `${sentence} [1].`, [passage(quote)], {
      content: async () => quote,
      words: { idf: async (_owner, words) => new Float64Array(words.length).fill(1) },
      similarity: createSimilarity(embedder, logger, 60_000),
    })
    return [claims[0]?.verdict, claims[0]?.doubt]
  }

  for (const [quote, sentence, doubt] of REFUSED)
    test(`refused: “${sentence}” for “${quote}”`, async () => {
      assert.deepEqual(await judged(quote, sentence), ['unsupported', doubt])
    })

  for (const [quote, sentence] of SUPPORTED)
    test(`supported: “${sentence}” for “${quote}”`, async () => {
      assert.deepEqual(await judged(quote, sentence), ['supported', null])
    })

  test('the opposite is no better for a sentence beside it', async () => {
    const around = `${REDUCES} Elderly people took the medication for a month.`
    const [verdict] = await judged(around, 'The medication does not lower blood pressure among elderly people')
    assert.equal(verdict, 'unsupported')
  })
})
