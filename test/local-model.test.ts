import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { type GgufOptions, writeGgufModel } from './gguf-model.ts'
import { isInstalled, NOT_INSTALLED } from './node-llama-cpp.ts'
import { HOST, startService, type TestService } from './service.ts'

// The whole service with a model of a GGUF file. The model writes rubbish, so what is judged is everything around it.

const BRIDGE =
  'The Sydney Harbour Bridge was opened in 1932. It was designed by John Bradfield. About 1,400 men worked on the bridge for eight years.'
const QUESTION = 'When was the Sydney Harbour Bridge opened?'

async function started(t: TestContext, model: GgufOptions, env: Record<string, string> = {}): Promise<TestService> {
  const folder = await mkdtemp(join(tmpdir(), 'evident-gguf-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'rubbish.gguf')
  await writeGgufModel(file, { context: 8192, ...model })
  const service = await startService(t, { env: { LOCAL_LLM_MODEL: file, LOCAL_LLM_THREADS: '1', ...env } })
  assert.equal((await service.upload('bridge.txt', BRIDGE)).status, 200)
  return service
}

describe('a local model', { skip: !isInstalled() && NOT_INSTALLED }, () => {
  test('answers a question, is named, and what it says is checked like any other’s words', async (t) => {
    const service = await started(t, {})
    const { status, body } = await service.json('POST', '/api/v1/ask', { question: QUESTION })
    assert.equal(status, 200)
    assert.deepEqual([body.model_used, body.api_used], ['rubbish', 'local'])
    assert.ok(body.tokens_used > 100, String(body.tokens_used))
    assert.ok(body.sentences.every(({ verdict }: { verdict: string }) => verdict !== 'supported'))
    const { body: health } = await service.json('GET', '/health')
    assert.equal(health.services.llm, 'healthy')
  })

  test('leaves searches to those who search while it writes', async (t) => {
    const service = await started(t, { layers: 4, width: 512 })
    let isOver = false
    const leaving = new AbortController()
    const answer = service.app
      .inject({
        method: 'POST',
        url: '/api/v1/ask',
        headers: HOST,
        payload: { question: QUESTION },
        signal: leaving.signal,
      })
      .then(
        () => (isOver = true),
        () => undefined,
      )
    for (let i = 0; i < 5; i++) {
      const query = `Who designed bridge number ${i}?`
      const found = await service.json('POST', '/api/v1/search', { query })
      assert.equal(found.status, 200)
      assert.match(JSON.stringify(found.body), /John Bradfield/)
    }
    assert.equal(isOver, false)
    leaving.abort()
    await answer
  })

  test('that cannot be loaded is followed by quotes, and health says so', async (t) => {
    const service = await started(t, { cutTo: 0.7 })
    const { body } = await service.json('POST', '/api/v1/ask', { question: QUESTION })
    assert.equal(body.api_used, 'extractive')
    assert.match(body.answer, /1932/)
    assert.match(body.model_failure, /cannot be loaded: look at LOCAL_LLM_MODEL/)
    const { body: health } = await service.json('GET', '/health')
    assert.notEqual(health.services.llm, 'healthy')
  })
})
