import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startService } from './service.ts'

test('an answer says which of the things that were asked for it did without', async (t) => {
  const service = await startService(t)
  const ask = async (request: object) => (await service.json('POST', '/api/v1/ask', request)).body
  const web = await ask({ question: 'Who won?', web_search_enabled: true })
  assert.deepEqual([web.web_search_enabled, web.web_search_used, web.warnings.length], [false, false, 1])
  assert.match(web.warnings[0], /web search is not available/)
  const address = await ask({ question: 'What does https://example.org/page say?' })
  assert.match(address.warnings.join(), /addresses in the question were not opened/)
  assert.deepEqual((await ask({ question: 'Who won?', web_search_enabled: false })).warnings, [])
})
