// The real command over the real service: its own store, the shipped model, a set of four documents.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Run } from '../features/evaluation/run.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const { PATH, NODE_COMPILE_CACHE } = process.env

const document = (id: string, title: string, text: string) => JSON.stringify({ id, title, text })
const long = Array.from({ length: 200 }, (_, i) => `Paragraph ${i} tells of the harbour and its ships.`).join('\n\n')
const SET = {
  'corpus.jsonl': [
    document('lighthouse', 'Lighthouses', 'The lighthouse of Aldermoor was built in 1794 by Ada Fairweather.'),
    document('bees', '', 'Honeybees tell each other by a dance where flowers are.'),
    document('harbour', 'T'.repeat(600), `${long}\n\nThe quay of Aldermoor is made of granite.`),
    document('blank', '', ' '),
  ].join('\n'),
  'queries.jsonl': [
    { id: 'q1', text: 'Who built the lighthouse of Aldermoor?' },
    { id: 'q2', text: 'How do insects communicate the location of food?' },
    { id: 'q3', text: 'What is the quay of Aldermoor made of?' },
    { id: 'q4', text: 'a query that nobody judged' },
  ]
    .map((query) => JSON.stringify(query))
    .join('\n'),
  'qrels.tsv': 'qid\tdocid\tgrade\nq1\tlighthouse\t2\nq1\tharbour\t0\nq2\tbees\t1\nq3\tharbour\t1\n',
  'answers.jsonl': '{"id": "q1", "answers": ["ada fairweather"]}\n',
} as const

/** A folder with the set in `set`, and an empty one, `tmp`, for what is temporary. */
function place(t: TestContext, files: Readonly<Record<string, string>> = SET): string {
  const path = mkdtempSync(join(tmpdir(), 'evident-eval-test-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  for (const name of ['set', 'tmp']) mkdirSync(join(path, name))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, 'set', name), content)
  return path
}

/** The stores that are there. Node and the model's runtime keep other things beside them. */
const stores = (cwd: string): string[] => readdirSync(join(cwd, 'tmp')).filter((name) => name.startsWith('evident-'))

function evaluate(t: TestContext, cwd: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, 'eval', ...args], {
    cwd,
    env: { PATH, NODE_COMPILE_CACHE, EMBEDDING_THREADS: '1', TMPDIR: join(cwd, 'tmp') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (data) => (out += String(data)))
  child.stderr.setEncoding('utf8').on('data', (data) => (err += String(data)))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }))
  return { child, ended }
}

test('a set is measured over a store of its own that is gone afterwards', async (t) => {
  const cwd = place(t)
  const { code, out, err } = await evaluate(t, cwd, 'set', '--output', 'run.json').ended
  assert.equal(code, 0, err)
  assert.equal(err, '')
  assert.match(out, /^set: 4 documents in \d+ passages, 3 queries; ingested in [\d.]+ s$/m)
  assert.match(out, /^Without any text, and left out: 1 document$/m)
  assert.match(out, /^Without a relevant document, and not asked: 1 query$/m)
  assert.match(out, /^ +nDCG@10 +recall@100 +MRR@10 +answer@10 +p50 +p95$/m)
  assert.match(out, /^hybrid +1\.000 \[1\.000, 1\.000\] .* ms$/m)
  assert.deepEqual(stores(cwd), [])
  assert.deepEqual(readdirSync(cwd).toSorted(), ['run.json', 'set', 'tmp'])

  const run = Run.parse(JSON.parse(readFileSync(join(cwd, 'run.json'), 'utf8')))
  assert.equal(run.configuration.model, 'bge-small-en-v1.5')
  assert.ok(run.configuration.passages > 5, 'the long document is in many passages')
  for (const { id, results } of run.queries) {
    for (const [type, { found }] of Object.entries(results)) {
      assert.equal(new Set(found).size, found.length, `${type} gives a document once`)
    }
    assert.equal(results.hybrid?.mrr10, 1, id)
    assert.equal(results.hybrid?.answer10, id === 'q1' ? 1 : undefined)
  }
  // "Honeybees" is not among the query's words, so only its meaning leads there.
  assert.equal(run.queries[1]?.results.keyword?.mrr10, 0)

  const again = await evaluate(t, cwd, 'set', '--type', 'keyword', '--limit', '2', '--baseline', 'run.json', '--json')
    .ended
  assert.equal(again.code, 0, again.err)
  const second = JSON.parse(again.out) as { comparison: { queries: number; unpaired: number; sameSet: boolean } }
  const { results, queries } = Run.parse(second)
  assert.deepEqual(Object.keys(results), ['keyword'])
  assert.deepEqual(
    queries.map(({ id, results }) => [id, results.keyword?.ndcg10]),
    run.queries.slice(0, 2).map(({ id, results }) => [id, results.keyword?.ndcg10]),
  )
  const { comparison } = second
  assert.deepEqual([comparison.queries, comparison.unpaired, comparison.sameSet], [2, 1, true])
})

test('what is wrong is one line without a stack, before anything is stored', async (t) => {
  const cwd = place(t, { ...SET, 'qrels.tsv': 'qid\tdocid\tgrade\nq1\tnowhere\t1\n' })
  writeFileSync(join(cwd, 'no-run.json'), '{}')
  mkdirSync(join(cwd, 'good'))
  for (const [name, content] of Object.entries(SET)) writeFileSync(join(cwd, 'good', name), content)
  const cases = [
    [['set'], /^set\/qrels\.tsv, line 2: corpus\.jsonl has no document nowhere\.\n$/],
    [['elsewhere'], /^elsewhere is not a folder\.\n$/],
    [['set', '--baseline', 'no-run.json'], /^no-run\.json is not a run of this version of evident eval .*\n$/],
    [['set', '--baseline', 'missing.json'], /^missing\.json cannot be read\.\n$/],
    [['good', '--output', 'nowhere/run.json'], /^nowhere\/run\.json cannot be written\.\n$/],
    [['set', '--type', 'magic'], /^--type must name some of keyword, semantic, hybrid\.\n$/],
    [['set', '--limit', '0'], /It must be a whole number from 1 on/],
  ] as const
  for (const [args, message] of cases) {
    const { code, out, err } = await evaluate(t, cwd, ...args).ended
    assert.deepEqual([code, out], [1, ''])
    assert.match(err, message)
  }
  assert.deepEqual(stores(cwd), [])
})

for (const signals of [['SIGINT'], ['SIGINT', 'SIGTERM']] as const) {
  test(`nothing is left behind after ${signals.join(' and ')}`, async (t) => {
    const many = Array.from({ length: 400 }, (_, i) => document(`d${i}`, `Number ${i}`, `${i} ${long.slice(0, 2000)}`))
    const cwd = place(t, { ...SET, 'corpus.jsonl': `${SET['corpus.jsonl']}\n${many.join('\n')}` })
    const { child, ended } = evaluate(t, cwd, 'set')
    while (!stores(cwd).some((name) => readdirSync(join(cwd, 'tmp', name)).includes('evident.db'))) await sleep(20)
    for (const signal of signals) {
      child.kill(signal)
      // One within half a second counts as the same.
      await sleep(600)
    }
    const { code, out } = await ended
    assert.deepEqual([code, out], [130, ''])
    assert.deepEqual(stores(cwd), [])
  })
}
