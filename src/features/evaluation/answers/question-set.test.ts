import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { StartError } from '../../../core/start-error.ts'
import { chosen, readQuestionSet } from './question-set.ts'

function written(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'evident-questions-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

const SQUAD = {
  version: 'v2.0',
  data: [
    {
      title: 'Super_Bowl_50',
      paragraphs: [
        {
          context: 'It gave up 308 points.',
          qas: [
            {
              id: 'q1',
              question: 'How many?',
              answers: [
                { text: '308', answer_start: 11 },
                { text: '308', answer_start: 11 },
              ],
            },
            { id: 'q2', question: 'Why?', is_impossible: true, answers: [], plausible_answers: [{ text: '308' }] },
          ],
        },
      ],
    },
  ],
}

test('each form is read to the same questions', async (t) => {
  const folder = written(t, {
    'squad.json': JSON.stringify(SQUAD),
    'lines.jsonl':
      '{"id": "q1", "question": "How many?", "answers": ["308"]}\n{"id": "q2", "question": "Why?", "answers": []}\n',
    'table.csv': '\uFEFFid,question,answers\nq1,How many?,308\nq2,"Why?",\n',
    'set/corpus.jsonl': '{"id": "d", "title": "Bowl", "text": "It gave up 308 points."}',
    'set/queries.jsonl':
      '{"id": "q1", "text": "How many?"}\n{"id": "q2", "text": "Why?"}\n{"id": "q3", "text": "Who?"}',
    'set/answers.jsonl': '{"id": "q1", "answers": ["308", " "]}\n{"id": "q2", "answers": []}\n{"id": "q3"}',
    'set/qrels.tsv': 'qid\tdocid\tgrade\nq1\td\t1\n',
  })
  const expected = [
    ['q1', 'How many?', ['308']],
    ['q2', 'Why?', []],
  ]
  for (const name of ['squad.json', 'lines.jsonl', 'table.csv', 'set']) {
    const set = await readQuestionSet(join(folder, name))
    assert.deepEqual(
      set.questions.map(({ id, text, answers }) => [id, text, answers]),
      expected,
      name,
    )
    assert.equal(set.fingerprint, (await readQuestionSet(join(folder, name))).fingerprint)
  }
  const squad = await readQuestionSet(join(folder, 'squad.json'))
  assert.deepEqual(squad.documents, [{ id: 'a0p0', title: 'Super Bowl 50', text: 'It gave up 308 points.' }])
  assert.deepEqual(squad.questions[0]?.documents, ['a0p0'])
  const set = await readQuestionSet(join(folder, 'set'))
  assert.deepEqual([set.unjudged, set.questions[0]?.documents, set.questions[1]?.documents], [1, ['d'], []])
})

test('several answers of a table stand between bars', async (t) => {
  const folder = written(t, { 'table.csv': 'question,answers\n"Who, then?",Ada | Ada Fairweather\n' })
  const { questions } = await readQuestionSet(join(folder, 'table.csv'))
  assert.deepEqual(questions, [{ id: '1', text: 'Who, then?', answers: ['Ada', 'Ada Fairweather'], documents: [] }])
})

test('questions are chosen by their own id or that of their document', async (t) => {
  const folder = written(t, { 'squad.json': JSON.stringify(SQUAD) })
  const set = await readQuestionSet(join(folder, 'squad.json'))
  const ids = (choice: Parameters<typeof chosen>[1]) => chosen(set, choice).questions.map(({ id }) => id)
  assert.deepEqual(ids({}), ['q1', 'q2'])
  assert.deepEqual(ids({ about: '^a\\d' }), ['q1', 'q2'])
  assert.deepEqual(ids({ about: '2$' }), ['q2'])
  assert.deepEqual(ids({ limit: 1 }), ['q1'])
  assert.throws(() => ids({ about: '(' }), /--about is not a regular expression: \(/)
  assert.throws(() => ids({ about: 'zzz' }), /--about zzz leaves no question/)
})

test('what is malformed is named with its file and place', async (t) => {
  const folder = written(t, {
    'no.json': '{',
    'other.json': '{"data": [{"paragraphs": [{"context": 1}]}]}',
    'lines.jsonl': '{"id": "q", "question": "x", "answers": []}\n{"id": "r", "answers": []}',
    'twice.jsonl': '{"id": "q", "question": "x", "answers": []}\n{"id": "q", "question": "x", "answers": []}',
    'table.csv': 'question,answers\nx\n',
    'headless.csv': 'a,b\nx,y\n',
    'set.txt': '',
    'empty.jsonl': '',
  })
  const cases = [
    ['no.json', /no\.json is not JSON/],
    ['other.json', /other\.json is not in SQuAD's form: data\.0\.paragraphs\.0\.context: /],
    ['lines.jsonl', /lines\.jsonl, line 2: question: /],
    ['twice.jsonl', /twice\.jsonl: the question q is there twice/],
    ['table.csv', /table\.csv: Invalid Record Length/],
    ['headless.csv', /headless\.csv, row 1: question: /],
    ['set.txt', /set\.txt is neither a folder nor a \.json, \.jsonl or \.csv file/],
    ['empty.jsonl', /empty\.jsonl has no question/],
    ['nowhere', /nowhere is not there/],
  ] as const
  for (const [name, message] of cases) {
    await assert.rejects(readQuestionSet(join(folder, name)), (error) => {
      assert.ok(error instanceof StartError, String(error))
      assert.match(error.message, message)
      return true
    })
  }
})
