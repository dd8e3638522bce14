import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { StartError } from '../../core/start-error.ts'
import { readRetrievalSet } from './retrieval-set.ts'

const GOOD = {
  'corpus.jsonl': '{"id": "a", "title": " A ", "text": "one"}\n{"_id": 2, "text": "two\u2028more"}\r\n\n',
  'queries.jsonl': '{"id": "q", "text": "which one?"}\n{"id": "r", "text": "nothing?"}',
  'qrels.tsv': 'qid\tdocid\tgrade\nq\ta\t2\nq\t2\t0\n',
} as const

function folder(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>): string {
  const path = mkdtempSync(join(tmpdir(), 'evident-set-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), content)
  }
  return path
}

test('a set is read with either name of an id, and without a title', async (t) => {
  const path = folder(t, { ...GOOD, 'answers.jsonl': '{"id": "q", "answers": ["one", " "]}\n{"id": "r", "note": 1}\n' })
  const set = await readRetrievalSet(path)
  assert.deepEqual(set.documents, [
    { id: 'a', title: 'A', text: 'one' },
    { id: '2', title: '', text: 'two\u2028more' },
  ])
  assert.deepEqual(set.queries, [{ id: 'q', text: 'which one?', relevant: new Map([['a', 2]]), answers: ['one'] }])
  assert.equal(set.unjudged, 1)
  assert.equal(set.name, basename(path))
})

test('the layout of BEIR, and the documents of another folder', async (t) => {
  const { 'corpus.jsonl': corpus, 'qrels.tsv': qrels, ...rest } = GOOD
  const other = folder(t, { 'corpus.jsonl': corpus })
  const path = folder(t, { ...rest, 'qrels/test.tsv': qrels })
  assert.equal((await readRetrievalSet(path, { corpus: other })).documents.length, 2)
  await assert.rejects(readRetrievalSet(path), { message: `${path} has no corpus.jsonl.` })
})

test('the fingerprint is of the contents', async (t) => {
  const first = await readRetrievalSet(folder(t, GOOD))
  assert.equal((await readRetrievalSet(folder(t, GOOD))).fingerprint, first.fingerprint)
  const other = folder(t, { ...GOOD, 'qrels.tsv': 'qid\tdocid\tgrade\nq\ta\t1\n' })
  assert.notEqual((await readRetrievalSet(other)).fingerprint, first.fingerprint)
})

const MALFORMED: readonly (readonly [file: string, content: string | Uint8Array, problem: RegExp])[] = [
  ['corpus.jsonl', '{"id": "a", "text": "x"}\n\n{"id": ', /corpus\.jsonl, line 3: is not JSON\.$/],
  ['corpus.jsonl', '[]\n', /corpus\.jsonl, line 1: the line: .*expected object/],
  ['corpus.jsonl', '{"id": "a"}', /corpus\.jsonl, line 1: text: /],
  ['corpus.jsonl', '{"text": "x"}', /corpus\.jsonl, line 1: it has no id\.$/],
  ['corpus.jsonl', '{"id": "", "text": "x"}', /corpus\.jsonl, line 1: id: /],
  ['corpus.jsonl', '{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}', /line 2: the document a is there twice\.$/],
  ['corpus.jsonl', '', /corpus\.jsonl has no documents\.$/],
  [
    'corpus.jsonl',
    Buffer.concat([
      Buffer.from('{"id": "a", "text": "x"}\n{"id": "b", "text": "'),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ]),
    /corpus\.jsonl, line \d: is not UTF-8/,
  ],
  ['queries.jsonl', '{"id": "q", "text": " "}', /queries\.jsonl, line 1: text: must not be empty\.$/],
  ['queries.jsonl', '{"id": "q", "text": "x"}\n{"id": "q", "text": "x"}', /line 2: the query q is there twice\.$/],
  ['qrels.tsv', 'qid\tdocid\tgrade\nq\ta\n', /qrels\.tsv, line 2: expected query, document and grade/],
  ['qrels.tsv', 'qid\tdocid\tgrade\nq\ta\tgood\n', /qrels\.tsv, line 2: the grade good is not a number\.$/],
  ['qrels.tsv', 'qid\tdocid\tgrade\nx\ta\t1\n', /qrels\.tsv, line 2: queries\.jsonl has no query x\.$/],
  ['qrels.tsv', 'qid\tdocid\tgrade\nq\tx\t1\n', /qrels\.tsv, line 2: corpus\.jsonl has no document x\.$/],
  ['qrels.tsv', 'q\ta\t1\nq\ta\t2\n', /qrels\.tsv, line 2: query q has a grade for document a already\.$/],
  ['qrels.tsv', 'qid\tdocid\tgrade\nq\ta\t0\n', /says which documents are relevant/],
  ['answers.jsonl', '{"id": "x", "answers": ["y"]}', /answers\.jsonl, line 1: queries\.jsonl has no query x\.$/],
]

for (const [file, content, problem] of MALFORMED) {
  test(`${file} is refused: ${problem.source}`, async (t) => {
    const path = folder(t, { ...GOOD, [file]: content })
    await assert.rejects(readRetrievalSet(path), (error: unknown) => {
      assert.ok(error instanceof StartError)
      assert.match(error.message, problem)
      return true
    })
  })
}

test('a folder that is none, or lacks a file', async (t) => {
  const { 'qrels.tsv': _, ...rest } = GOOD
  const path = folder(t, rest)
  await assert.rejects(readRetrievalSet(path), { message: `${path} has no qrels.tsv and no qrels/test.tsv.` })
  await assert.rejects(readRetrievalSet(join(path, 'corpus.jsonl')), /is not a folder\.$/)
})
