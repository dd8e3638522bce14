import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { TestContext } from 'node:test'
import { type GgufOptions, writeGgufModel } from '../../../../test/gguf-model.ts'
import { isInstalled, NOT_INSTALLED } from '../../../../test/node-llama-cpp.ts'
import type { LanguageModel, ModelEvent, ModelMessage, ModelRequest } from '../../../core/ports/language-models.ts'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { StartError } from '../../../core/start-error.ts'
import { local, type LocalModelConfig } from './adapter.ts'

const nothing = (): void => undefined
const logger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => logger }

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'evident-gguf-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function made(t: TestContext, options: GgufOptions = {}, config: Partial<LocalModelConfig> = {}) {
  const file = join(await folderOf(t), 'rubbish-1b.gguf')
  await writeGgufModel(file, options)
  const model = await local.create({ file, threads: 1, ...config }, { logger })
  t.after(() => model.close())
  return model
}

const asking = (content: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content },
  ],
  question: content,
  evidence: [],
  maxTokens: 24,
  ...more,
})

async function all(model: LanguageModel, request: ModelRequest, signal?: AbortSignal): Promise<ModelEvent[]> {
  const events: ModelEvent[] = []
  for await (const event of model.stream(request, signal === undefined ? {} : { signal })) events.push(event)
  return events
}

const textOf = (events: readonly ModelEvent[]): string =>
  events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('')
const finishOf = (events: readonly ModelEvent[]) => events.find((event) => event.type === 'finish')

test('a start without the package says how to install it', { skip: isInstalled() && 'it is installed' }, async (t) => {
  await assert.rejects(made(t), (error) => {
    assert.ok(error instanceof StartError)
    assert.match(error.message, /npm install --ignore-scripts node-llama-cpp@\d+\.\d+\.\d+$/)
    return true
  })
})

test('a start with a file that is not there names it', async () => {
  const file = join(tmpdir(), 'no-such-model.gguf')
  await assert.rejects(local.create({ file }, { logger }), (error) => {
    assert.ok(error instanceof StartError)
    assert.equal(error.message, `LOCAL_LLM_MODEL: there is no readable file ${file}`)
    return true
  })
})

describe('a model of a GGUF file', { skip: !isInstalled() && NOT_INSTALLED }, () => {
  test('streams an answer, and counts the tokens of prompt and answer', async (t) => {
    const model = await made(t)
    assert.deepEqual([model.id, model.provider, model.contextWindow], ['rubbish-1b', 'local', 2048])
    await model.probe()
    const events = await all(model, asking('Why?'))
    assert.ok(events.filter(({ type }) => type === 'text-delta').length > 3, JSON.stringify(events))
    const prompt = '<s>system: Be brief.</s><s>user: Why?</s><s>assistant: '
    // Each of the beginnings and ends is one token, and so is each other character, with a space behind a beginning.
    const spelt = prompt.replaceAll('<s>', '· ').replaceAll('</s>', '·').length
    assert.deepEqual(finishOf(events), { type: 'finish', reason: 'length', tokens: spelt + 24 })
    assert.equal(textOf(await all(model, asking('Why?'))), textOf(events))
  })

  test('takes what stands in a message as text, also where it is spelt like one of its own tokens', async (t) => {
    const model = await made(t)
    const counted = async (text: string) => finishOf(await all(model, asking(text)))?.tokens
    assert.equal(await counted('a </s> b'), await counted('a wxyz b'))
  })

  test('is asked for no more than its window holds, and says where a question is longer', async (t) => {
    const model = await made(t, { context: 256 })
    assert.equal(model.contextWindow, 256)
    const events = await all(model, asking('Why?', { maxTokens: 100_000 }))
    const { reason, tokens } = finishOf(events) ?? {}
    assert.equal(reason, 'length')
    assert.ok(tokens !== undefined && tokens !== null && tokens > 200 && tokens <= 256, `${tokens}`)
    await assert.rejects(all(model, asking('y'.repeat(400))), { kind: 'window', message: /MAX_CONTEXT_TOKENS/ })
    const narrower = await made(t, {}, { contextWindow: 300 })
    assert.equal(narrower.contextWindow, 300)
  })

  test('answers by a schema with JSON of that schema, and nothing else', async (t) => {
    const model = await made(t)
    const schema = {
      type: 'object',
      properties: { sure: { type: 'boolean' }, colour: { enum: ['red', 'green'] } },
      required: ['sure', 'colour'],
      additionalProperties: false,
    }
    const events = await all(model, asking('Which?', { maxTokens: 200, output: { name: 'a', schema } }))
    const answer = JSON.parse(textOf(events)) as Record<string, unknown>
    assert.deepEqual(Object.keys(answer), ['sure', 'colour'])
    assert.equal(typeof answer['sure'], 'boolean')
    assert.ok(['red', 'green'].includes(String(answer['colour'])))
    assert.equal(finishOf(events)?.reason, 'stop')
  })

  test('is shown its tools, what it asked of them and what came of that', async (t) => {
    const model = await made(t)
    const tool = {
      name: 'search',
      description: 'Searches.',
      parameters: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
    }
    const tokens = async (messages: readonly ModelMessage[], tools = [tool]): Promise<number> =>
      finishOf(await all(model, asking('', { messages, tools, maxTokens: 24 })))?.tokens ?? 0
    const asked: ModelMessage[] = [{ role: 'user', content: 'Why?' }]
    const answered = (content: string): ModelMessage[] => [
      ...asked,
      { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'search', arguments: '{"query":"rain"}' }] },
      { role: 'tool', callId: 'a', name: 'search', content },
    ]
    const [none, one, short, long] = [
      await tokens(asked, []),
      await tokens(asked),
      await tokens(answered('wet')),
      await tokens(answered('wet and cold')),
    ]
    assert.ok(none < one && one < short, `${none}, ${one}, ${short}`)
    assert.equal(long - short, ' and cold'.length)
  })

  test('stops when whoever asked leaves, and answers the next one', async (t) => {
    const model = await made(t, { layers: 4, width: 256 })
    const leaving = new AbortController()
    const given: string[] = []
    await assert.rejects(async () => {
      for await (const event of model.stream(asking('Why?', { maxTokens: 1900 }), { signal: leaving.signal })) {
        if (event.type === 'text-delta') given.push(event.text)
        if (given.length === 3) leaving.abort(new Error('gone'))
      }
    }, /gone/)
    assert.equal(given.length, 3)
    // One that stops reading has left, too.
    for await (const event of model.stream(asking('Why?', { maxTokens: 1900 }))) if (event.type === 'text-delta') break
    assert.equal(finishOf(await all(model, asking('Why?')))?.reason, 'length')
    await assert.rejects(all(model, asking('Why?'), AbortSignal.abort(new Error('early'))), /early/)
  })

  test('answers several that ask at once, each its own question; one that leaves the queue is not answered', async (t) => {
    const model = await made(t)
    const questions = ['Why?', 'Where?', 'When?']
    const leaving = new AbortController()
    const left = assert.rejects(all(model, asking('Who?', { maxTokens: 1900 }), leaving.signal), /gone/)
    const together = Promise.all(questions.map((question) => all(model, asking(question))))
    leaving.abort(new Error('gone'))
    await left
    const texts = (await together).map(textOf)
    for (const [i, question] of questions.entries()) assert.equal(texts[i], textOf(await all(model, asking(question))))
    assert.equal(new Set(texts).size, 3)
  })

  test('a file that is no model stops the start; one that is cut short is told by whoever asks', async (t) => {
    const file = join(await folderOf(t), 'text.gguf')
    await writeFile(file, 'This is no model at all, but some text.')
    await assert.rejects(local.create({ file }, { logger }), (error) => {
      assert.ok(error instanceof StartError)
      assert.match(error.message, /^LOCAL_LLM_MODEL must be a model of the GGUF format/)
      return true
    })
    const model = await made(t, { cutTo: 0.7 })
    const expected = { kind: 'settings', message: /cannot be loaded: look at LOCAL_LLM_MODEL/ }
    await assert.rejects(all(model, asking('Why?')), expected)
    await assert.rejects(model.probe(), expected)
  })

  test('an answer that is being written, and one that waits, fail when the service stops', async (t) => {
    const model = await made(t, { layers: 4, width: 256 })
    const first = all(model, asking('Why?', { maxTokens: 1900 }))
    const second = all(model, asking('Where?'))
    const failed = Promise.all(
      [first, second].map((answer) => assert.rejects(answer, { kind: 'unavailable', message: /has stopped/ })),
    )
    await model.probe()
    await model.close()
    await failed
    await assert.rejects(all(model, asking('When?')), /has stopped/)
    // Also while it is still being loaded.
    const another = await made(t)
    await another.close()
  })
})
