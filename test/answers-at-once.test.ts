import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dial } from '../src/http/websocket.fixture.ts'
import { spoken, startOpenAiServer } from './openai-server.ts'
import { makeToken, signUp, startWithAccounts } from './people.ts'
import { eventually } from './service.ts'

test('whoever has too many answers made at once gets no other by any way, and others get theirs', async (t) => {
  const rest = Promise.withResolvers<void>()
  t.after(() => rest.resolve())
  const model = await startOpenAiServer((_asked, nth) =>
    nth === 0 ? ['It was opened ', { until: rest.promise }, 'in 1932 [1].'] : spoken('It was opened in 1932 [1].'),
  )
  t.after(() => model.close())
  const service = await startWithAccounts(t, {
    env: { MAX_ANSWERS_PER_USER: '1', OPENAI_BASE_URL: model.url, OPENAI_MODEL: 'writer-1' },
  })
  const url = await service.app.listen({ host: '127.0.0.1', port: 0 })
  const [ann, bob] = [await signUp(service, 'ann'), await signUp(service, 'bob')]
  for (const { token } of [ann, bob]) {
    const text = 'The Sydney Harbour Bridge was opened in 1932.'
    await service.json('POST', '/api/documents', { title: 'Bridge', content: text }, token)
  }
  const question = 'When was the Sydney Harbour Bridge opened?'
  const post = (path: string, token: string, body: object = { question }) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    })

  const first = await post('/api/chat/ask/stream', ann.token)
  assert.equal(first.status, 200)
  await eventually(
    async () => model.open,
    (open) => open === 1,
  )
  const { items } = (await service.json('GET', '/api/my/chats', undefined, ann.token)).body
  const { id: chat } = items[0]
  const { token: program } = await makeToken(service, ann.token, { scope: 'write' })
  for (const token of [ann.token, program]) {
    const refused = [
      await post('/api/v1/ask', token),
      await post('/api/v1/ask', token, { question, chat_id: chat }),
      await post('/api/chat/ask', token),
      await post('/api/chat/ask/stream', token),
      await post(`/api/chat/${chat}/regenerate`, token, {}),
    ]
    for (const response of refused) {
      assert.equal(response.status, 429, response.url)
      assert.match(response.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
      assert.equal(((await response.json()) as { code: string }).code, 'too_many_requests')
    }
    const socket = await dial(`${url}/ws`, { headers: { authorization: `Bearer ${token}` } })
    socket.send({ type: 'question', question })
    assert.equal((await socket.until('error')).at(-1)?.code, 'too_many_requests')
    socket.close()
  }
  assert.equal((await post('/api/v1/ask', bob.token)).status, 200)

  rest.resolve()
  assert.match(await first.text(), /event: done/)
  assert.equal((await post('/api/v1/ask', ann.token)).status, 200)
})
