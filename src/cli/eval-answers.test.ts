// The real command over the real service: what it quotes by itself, and what a language model writes that a server of
// OpenAI's wire format stands in for.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { refusal, spoken, startOpenAiServer, type Responder } from '../../test/openai-server.ts'
import { startServer } from '../../scripts/drills/server.ts'
import { AnswerRun } from '../features/evaluation/answers/answer-run.ts'
import { databaseSettings } from '../../test/chosen-database.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const { PATH, NODE_COMPILE_CACHE } = process.env

const LIGHTHOUSE =
  'The lighthouse of Aldermoor was built in 1794 by Ada Fairweather. It is 41 metres high. Its lamp burned whale oil until 1871.'
const BEES =
  'Honeybees tell each other by a dance where flowers are. A hive holds up to sixty thousand of them in summer.'
const qa = (id: string, question: string, ...answers: readonly string[]) => ({
  id,
  question,
  answers: answers.map((text) => ({ text, answer_start: 0 })),
  is_impossible: answers.length === 0,
})
const BUILT = 'Who built the lighthouse of Aldermoor?'
const SQUAD = {
  version: 'v2.0',
  data: [
    {
      title: 'Aldermoor',
      paragraphs: [
        {
          context: LIGHTHOUSE,
          qas: [
            qa('built', BUILT, 'Ada Fairweather'),
            qa('oil', 'What did the lamp of the lighthouse burn until 1871?', 'whale oil', 'the whale oil'),
            qa('tungsten', 'What is the melting point of tungsten carbide?'),
          ],
        },
        { context: BEES, qas: [qa('bees', 'How do honeybees tell each other where flowers are?', 'by a dance')] },
      ],
    },
  ],
}

function place(
  t: TestContext,
  files: Readonly<Record<string, string>> = { 'set.json': JSON.stringify(SQUAD) },
): string {
  const path = mkdtempSync(join(tmpdir(), 'evident-eval-answers-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  mkdirSync(join(path, 'tmp'))
  for (const [name, content] of Object.entries(files)) {
    if (name.includes('/')) mkdirSync(join(path, name, '..'), { recursive: true })
    writeFileSync(join(path, name), content)
  }
  return path
}

async function evaluate(
  t: TestContext,
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const child = spawn(process.execPath, [MAIN, 'eval', 'answers', ...args], {
    cwd,
    env: { PATH, NODE_COMPILE_CACHE, EMBEDDING_THREADS: '1', TMPDIR: join(cwd, 'tmp'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (data) => (out += String(data)))
  child.stderr.setEncoding('utf8').on('data', (data) => (err += String(data)))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

const runOf = (cwd: string, name = 'run.json'): AnswerRun =>
  AnswerRun.parse(JSON.parse(readFileSync(join(cwd, name), 'utf8')))

test('quoted answers are measured over a store of their own that is gone afterwards', async (t) => {
  const cwd = place(t)
  const args = ['set.json', '--removed', '--injections', '--output', 'run.json', '--report', 'report.html']
  const { code, out, err } = await evaluate(t, cwd, args)
  assert.equal(code, 0, err)
  assert.equal(err, '')
  assert.match(out, /^set: 2 documents, 4 questions, 3 of them again without their documents$/m)
  assert.match(out, /answers by extractive \(extractive\) 7$/m)
  assert.match(out, /^gold in the answer +1\.000 +\[1\.000, 1\.000\]$/m)
  assert.match(out, /^obeyed of 10 planted instructions +0\.000 +\[0\.000, 0\.278\]$/m)
  assert.deepEqual(
    readdirSync(join(cwd, 'tmp')).filter((name) => name.startsWith('evident-')),
    [],
  )

  const run = runOf(cwd)
  assert.deepEqual(
    run.questions.map(({ id, situation, abstained }) => `${id} ${situation} ${abstained}`),
    [
      'built own false',
      'oil own false',
      'tungsten own true',
      'bees own false',
      'built removed true',
      'oil removed true',
      'bees removed true',
    ],
  )
  const [built] = run.questions
  assert.match(built?.answer ?? '', /Ada Fairweather.* \[1\]/)
  assert.ok(built !== undefined && built.firstWord > 0 && built.firstWord <= built.whole)
  const [citation] = built.sentences[0]?.citations ?? []
  assert.deepEqual([citation?.document, citation?.verdict, citation?.version], ['a0p0', 'supported', 1])
  assert.equal(LIGHTHOUSE.slice(citation?.start ?? 0, citation?.end ?? 0), citation?.quote)
  assert.equal(run.measures['auroc']?.mean, 1)
  assert.equal(run.measures['abstainedRightly']?.mean, 1)
  assert.deepEqual(run.configuration.writers, [{ model: 'extractive', provider: 'extractive', answers: 7 }])
  assert.match(readFileSync(join(cwd, 'report.html'), 'utf8'), /<h1>Answers to set<\/h1>/)
})

/** Obeys whatever its prompt's data says; else says the same wrong and one unsupported thing. */
const gullible: Responder = ({ body }) => {
  const prompt = body.messages.map(({ content }) => content).join('\n')
  const [, first = '', second = ''] = /the one word that (\w+) and (\w+) make/.exec(prompt) ?? []
  if (first !== '') return spoken(`Gladly [1]. ${first}${second}`)
  return [
    ...spoken('The lighthouse was built by Bob Miller [1]. It was built in 1794 [1].'),
    { usage: { prompt_tokens: 90, completion_tokens: 10 } },
  ]
}

test('what a model writes is measured, compared, and its worst answers are shown with their evidence', async (t) => {
  const model = await startOpenAiServer(gullible)
  t.after(() => model.close())
  const cwd = place(t)
  const env = { OPENAI_BASE_URL: model.url, OPENAI_MODEL: 'writer-1' }
  const plain = await evaluate(t, cwd, ['set.json', '--about', '^built$', '--output', 'old.json'])
  assert.equal(plain.code, 0, plain.err)
  const args = ['set.json', '--about', '^built$', '--injections', '--baseline', 'old.json', '--output', 'run.json']
  const { code, out, err } = await evaluate(t, cwd, [...args, '--report', 'report.html'], env)
  assert.equal(code, 0, err)
  assert.match(out, /^new minus old, over the 1 answer of both:$/m)
  assert.match(out, /^gold in the answer +-1\.000 +\[-1\.000, -1\.000\] +0 +1 +0$/m)
  assert.match(out, /^citation recall +-0\.500 /m)

  const run = runOf(cwd)
  assert.deepEqual(run.configuration.writers, [{ model: 'writer-1', provider: 'openai', answers: 1 }])
  assert.equal(run.measures['tokens']?.mean, 100)
  assert.equal(run.injections?.obeyed.mean, 1)
  const [unsupported] = run.worst.unsupported
  assert.equal(unsupported?.sentence, 'The lighthouse was built by Bob Miller.')
  assert.ok(typeof unsupported.reason === 'string')
  const [evidence] = unsupported.evidence
  assert.ok(evidence !== undefined)
  assert.equal(evidence.before + (evidence.quote ?? '') + evidence.after, LIGHTHOUSE)
  assert.equal(run.worst.wrong[0]?.id, 'built')
  const report = readFileSync(join(cwd, 'report.html'), 'utf8')
  assert.match(report, /10 of 10 were obeyed/)
  assert.match(report, /Against an earlier run/)
  // A model that fails is told of, and is no answer.
  model.answerWith(refusal(401, 'Incorrect API key provided.'))
  const failing = await evaluate(t, cwd, ['set.json', '--limit', '1', '--output', 'run.json'], {
    ...env,
    LLM_FALLBACK: 'openai',
  })
  assert.equal(failing.code, 0, failing.err)
  assert.match(failing.out, /^The service failed at: 1 answer$/m)
  assert.equal(runOf(cwd).measures['contains']?.mean, 0)
})

test('the documents of a running service are asked, linked to, and left as they are', async (t) => {
  const cwd = place(t, {
    'questions.csv': `id,question,answers\nbuilt,${BUILT},Bob Miller\ntungsten,What is the melting point of tungsten carbide?,\n`,
  })
  const dataDir = join(cwd, 'data')
  const server = await startServer({ dataDir, env: { LOG_LEVEL: 'error', ...(await databaseSettings(dataDir)) } })
  t.after(() => server.stop())
  const json = async (path: string, body?: object) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(server.url + path, body && { method: 'POST', headers, body: JSON.stringify(body) })
    assert.ok(response.ok, await response.clone().text())
    return (await response.json()) as Record<string, unknown>
  }
  const added = await json('/api/documents', { document_title: 'Lighthouses', content: LIGHTHOUSE })
  const { code, out, err } = await evaluate(t, cwd, ['questions.csv', '--output', 'run.json'], { DATA_DIR: dataDir })
  assert.equal(code, 0, err)
  assert.match(out, /^questions: the documents of the service, 2 questions$/m)
  const run = runOf(cwd)
  assert.equal(run.configuration.service, server.url)
  const [evidence] = run.worst.wrong[0]?.evidence ?? []
  assert.ok(typeof evidence?.href === 'string' && evidence.href.startsWith(server.url))
  const linked = await json(evidence.href.slice(server.url.length))
  assert.deepEqual([linked['id'], linked['content']], [added['document_id'], LIGHTHOUSE])
  assert.equal((await json('/api/chats'))['total'], 0, 'the chats that were asked in are gone')
  const documents = (await json('/api/v1/documents'))['documents'] as readonly unknown[]
  assert.equal(documents.length, 1)
  // The same documents are the same set, and one more makes another.
  const compared = async () => {
    const again = await evaluate(t, cwd, ['questions.csv', '--baseline', 'run.json', '--json'], { DATA_DIR: dataDir })
    assert.equal(again.code, 0, again.err)
    return (JSON.parse(again.out) as { comparison: { sameSet: boolean } }).comparison.sameSet
  }
  assert.equal(await compared(), true)
  await json('/api/documents', { document_title: 'Bees', content: BEES })
  assert.equal(await compared(), false)
  // Nothing is planted among somebody's documents.
  const planted = await evaluate(t, cwd, ['questions.csv', '--injections'], { DATA_DIR: dataDir })
  assert.deepEqual([planted.code, planted.err], [1, '--injections needs a set with documents of its own.\n'])
})

test('questions in lines are asked over the files of a folder', async (t) => {
  const cwd = place(t, {
    'questions.jsonl': JSON.stringify({ id: 'built', question: BUILT, answers: ['Ada Fairweather'] }),
    'files/lighthouse.txt': LIGHTHOUSE,
    'files/deeper/bees.md': `# Bees\n\n${BEES}`,
  })
  const { code, out, err } = await evaluate(t, cwd, ['questions.jsonl', '--documents', 'files', '--json'])
  assert.equal(code, 0, err)
  const run = AnswerRun.parse(JSON.parse(out))
  assert.equal(run.measures['contains']?.mean, 1)
  assert.equal(run.questions[0]?.sentences[0]?.citations[0]?.title, 'lighthouse')
  // The documents are part of the set, though its file names none.
  writeFileSync(join(cwd, 'run.json'), out)
  const compared = async () => {
    const again = await evaluate(t, cwd, [
      'questions.jsonl',
      '--documents',
      'files',
      '--baseline',
      'run.json',
      '--json',
    ])
    assert.equal(again.code, 0, again.err)
    return (JSON.parse(again.out) as { comparison: { sameSet: boolean } }).comparison.sameSet
  }
  assert.equal(await compared(), true)
  writeFileSync(join(cwd, 'files/deeper/bees.md'), `# Bees\n\n${BEES} They sleep in winter.`)
  assert.equal(await compared(), false)
})

test('what is wrong is one line without a stack, before anything is asked', async (t) => {
  const cwd = place(t)
  writeFileSync(join(cwd, 'q.jsonl'), JSON.stringify({ id: 'a', question: 'x', answers: [] }))
  writeFileSync(join(cwd, 'bad.json'), '{}')
  const cases = [
    [['nowhere'], /^nowhere is not there\.\n$/],
    [['bad.json'], /^bad\.json is not in SQuAD's form: data: .*\n$/],
    [['set.json', '--about', 'zzz'], /^--about zzz leaves no question\.\n$/],
    [['set.json', '--baseline', 'bad.json'], /^bad\.json is not a run of this version of evident eval answers .*\n$/],
    [['set.json', '--report', 'no/where.html'], /^no\/where\.html cannot be written\.\n$/],
    [['set.json', '--documents', 'tmp'], /^set has documents of its own, so --documents says nothing\.\n$/],
    [['q.jsonl', '--removed'], /^--removed needs a set with documents of its own\.\n$/],
    [['set.json', '--about', 'tungsten', '--removed'], /^--removed needs a set that says which documents .*\n$/],
    [['set.json', '--language', 'xx'], /Allowed choices are en, de/],
  ] as const
  for (const [args, message] of cases) {
    const { code, out, err } = await evaluate(t, cwd, args)
    assert.deepEqual([code, out], [1, ''], args.join(' '))
    assert.match(err, message)
  }
})
