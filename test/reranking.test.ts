import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRerankServer } from './rerank-server.ts'
import { eventually, startService, type Json } from './service.ts'

test('a remote reranker orders the best results, and where it fails they stay as they were and say so', async (t) => {
  const server = await startRerankServer()
  t.after(() => server.close())
  const env = { RERANKER: 'jina', RERANKER_URL: server.url, RERANKER_MODEL: 'm' }
  const service = await startService(t, { env })
  const texts = ['harbour', 'lamp', 'storm', 'boat'].map(
    (about) => `The ${about} of the lighthouse is old. Its keeper looks after the ${about} every night.`,
  )
  for (const [i, text] of texts.entries()) await service.upload(`text-${i}.txt`, text)
  await eventually(
    async () => (await service.json('GET', '/api/v1/documents')).body.documents,
    (all: Json[]) => all.every(({ searchable }) => searchable === 'full'),
  )
  const search = async (query: string, more: object = {}): Promise<Json> => {
    const { status, body } = await service.json('POST', '/api/v1/search', { query, ...more })
    assert.equal(status, 200)
    return body
  }
  const about = ({ results }: Json): string[] =>
    results.map(({ excerpt }: Json) => /The (\w+) of/.exec(String(excerpt))?.[1])
  const scores = ({ results }: Json): number[] => results.map(({ relevance_score }: Json) => relevance_score)
  const scored =
    (order: readonly string[]) =>
    ({ body }: { body: { documents: readonly string[] } }) => ({
      scores: body.documents.map((text) => 0.9 - 0.2 * order.findIndex((word) => text.includes(`The ${word} of`))),
    })

  const query = 'the keeper of the harbour'
  const order = ['storm', 'boat', 'harbour', 'lamp']
  server.answerWith(scored(order))
  const found = await search(query)
  assert.deepEqual(about(found), order)
  assert.deepEqual(
    scores(found).map((score) => score.toFixed(1)),
    ['0.9', '0.7', '0.5', '0.3'],
  )
  assert.equal(found.message, undefined)
  assert.deepEqual(scores(await search(query, { relevance_threshold: 0.6 })).length, 2)
  // What is asked again is known, and words alone are nobody else's business.
  const before = server.asked.length
  assert.deepEqual(about(await search(query)), order)
  assert.equal(about(await search(query, { search_type: 'keyword' }))[0], 'harbour')
  assert.equal(server.asked.length, before)

  server.answerWith({ status: 401, body: { message: 'no' } })
  const failed = await search('the keeper of the lamp')
  assert.equal(about(failed)[0], 'lamp')
  assert.match(failed.message, /^The results were not ordered anew\. The reranking service refused the key/)
  const asked = (await service.json('POST', '/api/v1/ask', { question: 'Who looks after the storm?' })).body
  assert.match(asked.warnings.join(), /not ordered anew/)
  server.answerWith(scored(['boat', 'lamp', 'storm', 'harbour']))
  const again = await eventually(
    () => search('the keeper of the lamp'),
    ({ message }) => message === undefined,
  )
  assert.equal(about(again)[0], 'boat')
})
