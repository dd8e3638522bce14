import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TestContext } from 'node:test'
import { startRerankServer, type RankReply } from '../../../../test/rerank-server.ts'
import { AppError } from '../../../core/errors.ts'
import { cohere, jina, type RerankerConfig } from './adapter.ts'

const KEY = 'jina_planted0123456789abcdef'
const QUERY = 'When do otters eat?'
const PASSAGES = ['The bridge is blue.', 'Otters eat at noon.', 'Otters swim.']

async function made(t: TestContext, config: Partial<RerankerConfig> = {}, format: typeof cohere | typeof jina = jina) {
  const server = await startRerankServer()
  t.after(() => server.close())
  const limits = { call: 20_000, pause: 5, longestPause: 50 }
  const url = `${server.url}/rerank`
  return { server, reranker: format.create({ url, apiKey: KEY, model: 'm', limits, ...config }, { fetch }) }
}

async function failure(work: Promise<unknown>): Promise<AppError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof AppError, String(error))
  return error
}

describe('A remote reranker', () => {
  for (const [format, fields] of [
    [cohere, {}],
    [jina, { return_documents: false }],
  ] as const) {
    test(`gives a score to each passage in order, asked in the format of ${format.kind}`, async (t) => {
      const { server, reranker } = await made(t, {}, format)
      assert.deepEqual([...(await reranker.rerank(QUERY, PASSAGES))], [0, 0.5, 0.25])
      assert.deepEqual([...(await reranker.rerank(QUERY, []))], [])
      const [asked] = server.asked
      assert.equal(server.asked.length, 1)
      assert.equal(asked?.headers.authorization, `Bearer ${KEY}`)
      assert.deepEqual(asked?.body, { model: 'm', query: QUERY, documents: PASSAGES, top_n: 3, ...fields })
      assert.match(reranker.id, new RegExp(`^${format.kind}:127\\.0\\.0\\.1:\\d+/m$`))
    })
  }

  test('raw numbers are read as the logits that they are, from then on', async (t) => {
    const { server, reranker } = await made(t, { apiKey: undefined })
    server.answerWith({ scores: [-2, 3, 0] })
    const [low = NaN, high = NaN, middle = NaN] = await reranker.rerank(QUERY, PASSAGES)
    assert.ok(Math.abs(low - 0.1192) < 1e-3 && Math.abs(high - 0.9526) < 1e-3 && middle === 0.5)
    server.answerWith({ scores: [0, 1, 0] })
    assert.equal((await reranker.rerank(QUERY, PASSAGES))[0], 0.5)
    assert.equal(server.asked[0]?.headers.authorization, undefined)
  })

  const cases: readonly (readonly [name: string, reply: RankReply, RegExp])[] = [
    [
      'refuses the key',
      { status: 401, body: { message: `invalid api token ${KEY}` } },
      /refused the key.*RERANKER_API_KEY/,
    ],
    ['has no such model', { status: 404, body: { detail: 'Model m not found' } }, /no such model.*RERANKER_MODEL/],
    [
      'takes no more',
      { status: 429, headers: { 'retry-after': '1' }, body: { message: 'slow down' } },
      /takes no more/,
    ],
    ['is broken', { status: 500, body: '<html>' }, /answered with an error \(500\)/],
    ['does not take the query', { status: 422, body: { detail: [{ msg: 'query too short' }] } }, /query too short/],
    ['is a web page', { body: '<html>' }, /text\/html and not JSON/],
    ['is cut', { instead: 'cut' }, /cannot be reached/],
    ['answers something else', { body: [0.1, 0.2, 0.3] }, /has no scores/],
    ['has a score of no passage', { body: { results: [{ index: 9, relevance_score: 1 }] } }, /a score of no passage/],
    ['lacks scores', { scores: [0.5, 0.25] }, /lacks the scores/],
    ['has words for scores', { body: { results: [{ index: 0, relevance_score: 'high' }] } }, /has no scores/],
  ]
  for (const [name, reply, message] of cases) {
    test(`that ${name} says so, without the key, and recovers`, async (t) => {
      const { server, reranker } = await made(t)
      server.answerWith(reply)
      const error = await failure(reranker.rerank(QUERY, PASSAGES))
      assert.match(error.message, message)
      assert.ok(!error.message.includes(KEY))
      server.answerWith(undefined)
      for (;;) {
        const scores = await reranker.rerank(QUERY, PASSAGES).catch(() => undefined)
        if (scores === undefined) await new Promise((resolve) => setTimeout(resolve, 20))
        else return assert.equal(scores[1], 0.5)
      }
    })
  }

  test('that says nothing is given up in time, and then left alone', async (t) => {
    const limits = { call: 50, pause: 60_000, longestPause: 60_000 }
    const { server, reranker } = await made(t, { limits })
    server.answerWith({ instead: 'silence' })
    assert.match((await failure(reranker.rerank(QUERY, PASSAGES))).message, /has not answered within/)
    assert.ok(((await failure(reranker.rerank(QUERY, PASSAGES))).retryAfter ?? 0) > 20)
    assert.equal(server.asked.length, 1)
  })

  test('leaves with whoever waited', async (t) => {
    const { server, reranker } = await made(t)
    const stop = new AbortController()
    server.answerWith(() => {
      stop.abort(new Error('gone'))
      return { instead: 'silence' }
    })
    await assert.rejects(reranker.rerank(QUERY, PASSAGES, { signal: stop.signal }), /gone/)
  })
})
