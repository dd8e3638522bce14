import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { LanguageModel, ModelEvent } from '../../../core/ports/language-models.ts'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { createFallback } from '../fallback.ts'
import { openLocalModel, type LocalModelOptions } from './local-model.ts'

// Threads that really die; what they answer is made up, so that no package and no model is needed.

const logged: string[] = []
const log = (_: unknown, line?: string): void => void logged.push(line ?? '')
const logger: Logger = { debug: log, info: log, warn: log, error: log, child: () => logger }
const entry = new URL('./dying-thread.fixture.ts', import.meta.url)

async function opened(t: TestContext, more: Partial<LocalModelOptions> = {}) {
  const model = await openLocalModel({
    file: fileURLToPath(import.meta.url),
    contextWindow: 512,
    threads: 1,
    logger,
    entry,
    ...more,
  })
  t.after(() => model.close())
  return model
}

const stream = (model: LanguageModel, content: string): AsyncIterable<ModelEvent> =>
  model.stream({ messages: [{ role: 'user', content }], question: content, evidence: [] })

async function said(model: LanguageModel, content: string): Promise<string> {
  let text = ''
  for await (const event of stream(model, content)) if (event.type === 'text-delta') text += event.text
  return text
}

const STOPPED = { name: 'ProviderFailure', kind: 'unavailable', message: /has stopped\. The next question starts it/ }

for (const death of ['exit', 'throw']) {
  test(`a thread that dies (${death}) fails the answers that it had begun, and the next starts another`, async (t) => {
    const model = await opened(t)
    assert.equal(await said(model, 'hello'), 'So ')
    const waiting = stream(model, 'wait')[Symbol.asyncIterator]()
    assert.equal((await waiting.next()).value.type, 'text-delta')
    await assert.rejects(said(model, death), STOPPED)
    await assert.rejects(waiting.next(), STOPPED)
    // Whoever looks after the service hears of it, and so soon after a start starts nothing.
    await assert.rejects(model.probe(), STOPPED)
    assert.equal(await said(model, 'hello'), 'So ')
    await model.probe()
    assert.ok(logged.includes('The local language model is started again'))
  })
}

test('one that dies again and again is spared by the breaker, and asked again after its pause', async (t) => {
  let now = 0
  const breaker = { failures: 2, pause: 1000, now: () => now }
  const model = createFallback([await opened(t)], { logger, breaker })
  for (let i = 0; i < 2; i++) await assert.rejects(said(model, 'exit'), STOPPED)
  const starts = logged.length
  await assert.rejects(said(model, 'hello'), { code: 'not_ready', retryAfter: 1 })
  assert.equal(logged.length, starts)
  now = 1001
  assert.equal(await said(model, 'hello'), 'So ')
})

test('whoever looks after the service starts it again, once in a while', async (t) => {
  const model = await opened(t, { probePause: 0 })
  await assert.rejects(said(model, 'exit'), STOPPED)
  await model.probe()
  assert.equal(await said(model, 'hello'), 'So ')
})

test('questions that come at once after a death wait for one thread', async (t) => {
  const model = await opened(t)
  await assert.rejects(said(model, 'exit'), STOPPED)
  const starts = logged.length
  assert.deepEqual(await Promise.all([said(model, 'hello'), said(model, 'hello')]), ['So ', 'So '])
  const since = logged.slice(starts)
  assert.equal(since.filter((line) => line.includes('started again')).length, 1)
})

test('one that was loaded before and cannot be now is tried again', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'evident-restart-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'model')
  await writeFile(file, '')
  const model = await opened(t, { file })
  await assert.rejects(said(model, 'exit'), STOPPED)
  await rm(file)
  await assert.rejects(said(model, 'hello'), { kind: 'unavailable', message: /cannot be loaded: .*no file/ })
  await writeFile(file, '')
  assert.equal(await said(model, 'hello'), 'So ')
})

test('one that is closed is not started again', async (t) => {
  const model = await opened(t)
  await model.close()
  await assert.rejects(said(model, 'hello'), STOPPED)
})
