// Over a server that speaks the service's own API, since the service itself breaks no stream off at will.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { StartError } from '../core/start-error.ts'
import { ApiError, client } from './client.ts'
import type { Fetch } from './pinned-fetch.ts'
import { streamedAnswer } from './streamed-answer.ts'

/** The requests that come, as method and path, and a client of the server. */
async function served(t: TestContext, ask: RequestListener, send?: Fetch) {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    if (request.method === 'POST') return ask(request, response)
    return response.writeHead(200).end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { requests, client: client(`http://127.0.0.1:${port}`, 'token', 'running', async () => undefined, send) }
}

const ASK = 'POST /api/chat/ask/stream'
const START =
  'event: saved\ndata: {"question_message_id": 1}\n\n' +
  'event: start\ndata: {"chat_id": "c 1"}\n\nevent: delta\ndata: {"content": "It"}\n\n'
const asking = (...[to, signal = new AbortController().signal]: [Parameters<typeof streamedAnswer>[0], AbortSignal?]) =>
  streamedAnswer(to, { question: 'Why?' }, (id) => id, signal)

test('the chat of an answer that is broken off is removed, and the break is told', async (t) => {
  const whole = await served(t, (_, response) => response.writeHead(200).end(START))
  await assert.rejects(
    asking(whole.client),
    (error) => error instanceof ApiError && /before its end/.test(error.message),
  )
  assert.deepEqual(whole.requests, [ASK, 'DELETE /api/chat/c%201'])

  const cut = await served(t, (_, response) => response.writeHead(200).write(START, () => response.destroy()))
  await assert.rejects(asking(cut.client))
  assert.deepEqual(cut.requests, [ASK, 'DELETE /api/chat/c%201'])
})

test('the chat of an answer that nobody waits for any more is removed', async (t) => {
  const leaving = new AbortController()
  /** Leaves once what came has been read. */
  const send: Fetch = async (url, init) => {
    const response = await fetch(url, init)
    const read = new TransformStream<Uint8Array, Uint8Array>({
      transform(bytes, to) {
        to.enqueue(bytes)
        setImmediate(() => leaving.abort())
      },
    })
    return new Response(response.body?.pipeThrough(read) ?? null)
  }
  const { client, requests } = await served(t, (_, response) => response.writeHead(200).write(START), send)
  await assert.rejects(asking(client, leaving.signal), { name: 'AbortError' })
  assert.deepEqual(requests, [ASK, 'DELETE /api/chat/c%201'])
})

test('a service that takes no question for long is not waited for, and its reason is told', async (t) => {
  const problem = { detail: 'No more than 10 questions an hour.', code: 'too_many_requests' }
  const { client, requests } = await served(t, (_, response) =>
    response.writeHead(429, { 'retry-after': '3600' }).end(JSON.stringify(problem)),
  )
  await assert.rejects(asking(client), (error) => {
    assert.ok(error instanceof StartError)
    assert.match(error.message, /within 5 minutes\. It says: No more than 10 questions an hour\.$/)
    return true
  })
  assert.deepEqual(requests, [ASK])
})

test('a short wait that the service asks for is kept, and the question asked again', async (t) => {
  let asked = 0
  const { client, requests } = await served(t, (_, response) => {
    if (asked++ === 0) return response.writeHead(503, { 'retry-after': '0' }).end('{}')
    return response.writeHead(200).end(`${START}event: error\ndata: {"message": "The model is away."}\n\n`)
  })
  assert.equal((await asking(client)).failure, 'The model is away.')
  assert.deepEqual(requests, [ASK, ASK, 'DELETE /api/chat/c%201'])
})
