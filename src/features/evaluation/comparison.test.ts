import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compare } from './comparison.ts'
import { evaluate, type Found, type SearchType } from './evaluate.ts'
import type { SetQuery } from './retrieval-set.ts'
import { makeRun, Run } from './run.ts'

const query = (id: string, answers: readonly string[] = []): SetQuery => ({
  id,
  text: `about ${id}`,
  relevant: new Map([[`d-${id}`, 1]]),
  answers,
})

type Lists = Readonly<Record<string, readonly string[]>>

/** A run of a search that finds what `lists` says for each query. */
async function runOf(lists: Lists, types: readonly SearchType[] = ['hybrid'], fingerprint = 'x'): Promise<Run> {
  const queries = Object.keys(lists).map((id) => query(id))
  const set = { name: 'set', documents: [], queries, unjudged: 0, fingerprint }
  const search = async (text: string): Promise<Found> => ({
    documents: lists[text.slice('about '.length)] ?? [],
    passages: [],
    milliseconds: 1,
  })
  const results = await evaluate(set, { types, search, signal: new AbortController().signal })
  const configuration = { model: 'model', analyzer: 'analyzer', passages: 1 }
  return makeRun({ at: new Date(0), version: '1', set, blank: 0, configuration, ingestSeconds: 1, results })
}

test('each way is asked each query once, besides the first ones that warm up, and measured by what it found', async () => {
  const asked: string[] = []
  const queries = [query('a', ['Ada Fairweather']), query('b', ['missing']), query('c')]
  const results = await evaluate(
    { queries },
    {
      types: ['keyword', 'hybrid'],
      signal: new AbortController().signal,
      async search(text, type, withPassages) {
        asked.push(`${text} ${type} ${withPassages}`)
        const documents = type === 'hybrid' ? [`d-${text.slice('about '.length)}`, 'x'] : ['x', 'd-a']
        return { documents, passages: ['built by ada\n fairweather.'], milliseconds: 2 }
      },
    },
  )
  assert.deepEqual(asked.slice(6).toSorted(), [
    'about a hybrid true',
    'about a keyword true',
    'about b hybrid true',
    'about b keyword true',
    'about c hybrid false',
    'about c keyword false',
  ])
  assert.deepEqual(
    results.get('hybrid')?.map(({ ndcg10, mrr10, recall100, answer10 }) => [ndcg10, mrr10, recall100, answer10]),
    [
      [1, 1, 1, 1],
      [1, 1, 1, 0],
      [1, 1, 1, undefined],
    ],
  )
  assert.deepEqual(
    results.get('keyword')?.map(({ mrr10 }) => mrr10),
    [0.5, 0, 0],
  )
})

test('an interrupted evaluation stops at once', async () => {
  const controller = new AbortController()
  let searches = 0
  const ended = evaluate(
    { queries: [query('a'), query('b')] },
    {
      types: ['hybrid'],
      signal: controller.signal,
      async search() {
        if (++searches === 3) controller.abort()
        return { documents: [], passages: [], milliseconds: 1 }
      },
    },
  )
  await assert.rejects(ended, { name: 'AbortError' })
  assert.equal(searches, 3)
})

test('a run survives its file, and compared with itself differs nowhere', async () => {
  const run = await runOf({ a: ['d-a'], b: ['x', 'd-b'], c: [] })
  const read = Run.parse(JSON.parse(JSON.stringify(run)))
  assert.deepEqual(read, run)
  const { sameSet, types, unpaired } = compare(run, read)
  assert.equal(sameSet, true)
  assert.equal(unpaired, 0)
  assert.deepEqual(types[0]?.changed, [])
  const nothing = { difference: { mean: 0, low: 0, high: 0 }, wins: 0, losses: 0, ties: 3 }
  assert.deepEqual(types[0]?.measures, { ndcg10: nothing, recall100: nothing, mrr10: nothing })
})

test('wins, losses and what changed most, by the query and not by its place', async () => {
  const old = await runOf({ a: ['d-a'], b: ['x', 'd-b'], c: ['x', 'x2', 'd-c'], gone: [] })
  const run = await runOf({ c: ['d-c'], b: ['d-b'], a: ['x', 'd-a'], added: ['d-added'] }, ['hybrid'], 'y')
  const { sameSet, queries, unpaired, types } = compare(run, old, { changes: 2 })
  assert.deepEqual([sameSet, queries, unpaired], [false, 3, 2])
  const { mrr10 } = types[0]?.measures ?? {}
  assert.deepEqual([mrr10?.wins, mrr10?.losses, mrr10?.ties], [2, 1, 0])
  assert.ok(Math.abs((mrr10?.difference.mean ?? 0) - (2 / 3 + 1 / 2 - 1 / 2) / 3) < 1e-12)
  assert.deepEqual(
    types[0]?.changed.map(({ id, before, after }) => [id, before, after]),
    [
      ['c', 0.5, 1],
      ['b', 1 / Math.log2(3), 1],
    ],
  )
})

test('only ways of searching that both runs have are compared', async () => {
  const run = await runOf({ a: ['d-a'] }, ['keyword', 'hybrid'])
  const old = await runOf({ a: ['d-a'] }, ['keyword', 'semantic'])
  assert.deepEqual(
    compare(run, old).types.map(({ type }) => type),
    ['keyword'],
  )
})
