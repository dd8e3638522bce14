import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { request, Agent } from 'undici'
import { createConnector } from './connector.ts'
import { AddressRefused, PUBLIC_ONLY } from './target.ts'

test('a host that is an address is checked though nothing is looked up', async (t) => {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.end('HTTP/1.1 204 No Content\r\n\r\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const resolve = () => assert.fail('looked up')
  const dispatcher = new Agent({ connect: await createConnector(PUBLIC_ONLY, resolve, 10_000) })
  t.after(() => dispatcher.destroy())
  const { port } = server.address() as AddressInfo
  for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]']) {
    await assert.rejects(request(`http://${host}:${port}/`, { dispatcher }), AddressRefused, host)
  }
  assert.equal(connections, 0)
})
