import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import { z } from 'zod'
import { localAdministrator } from './access.ts'
import { rawRequest, recorder, SETTINGS } from './app.fixture.ts'
import { createApp } from './app.ts'
import { readUpload } from './upload.ts'

const MAX = 1000

async function start(t: TestContext) {
  const app = await createApp({
    settings: SETTINGS,
    logger: recorder(),
    openMode: true,
    authenticate: localAdministrator('token'),
  })
  t.after(() => app.close())
  app.post('/upload', { config: { access: 'user' } }, async (request) => {
    const { filename, bytes, fields } = await readUpload(request, { maxBytes: MAX, maxFieldBytes: 100 })
    return { filename, text: bytes.toString('base64'), fields }
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url: `${url}/upload`, port: Number(new URL(url).port) }
}

const Answer = z.object({
  filename: z.string().optional(),
  text: z.string().optional(),
  fields: z.record(z.string(), z.string()).optional(),
  code: z.string().optional(),
})

async function send(url: string, form: FormData) {
  const response = await fetch(url, { method: 'POST', body: form })
  return { status: response.status, ...Answer.parse(await response.json()) }
}

function form(...parts: (readonly [string, string | Blob, string?])[]): FormData {
  const data = new FormData()
  for (const [name, value, filename] of parts) {
    if (typeof value === 'string') data.append(name, value)
    else data.append(name, value, filename)
  }
  return data
}

const blob = (size: number, fill = 7) => new Blob([new Uint8Array(size).fill(fill)])

test('the file and the fields arrive whole, whatever their order', async (t) => {
  const { url } = await start(t)
  const bytes = Uint8Array.from({ length: MAX }, (_, i) => i % 256)
  const answer = await send(
    url,
    form(
      ['title', 'Ein Titel ✓'],
      ['file', new Blob([bytes]), 'Übersicht ✓.pdf'],
      ['metadata', '{"a":1}'],
      ['title', 'Zwei'],
    ),
  )
  assert.equal(answer.status, 200)
  assert.equal(answer.filename, 'Übersicht ✓.pdf')
  assert.equal(answer.text, Buffer.from(bytes).toString('base64'))
  assert.deepEqual(answer.fields, { title: 'Zwei', metadata: '{"a":1}' })
})

test('folders are cut from the name, and an empty file is a file', async (t) => {
  const { url } = await start(t)
  const answer = await send(url, form(['file', new Blob([]), '../../etc/passwd']))
  assert.deepEqual([answer.status, answer.filename, answer.text], [200, 'passwd', ''])
  const nameless = await send(url, form(['file', blob(1), '']))
  assert.deepEqual([nameless.status, nameless.filename], [200, ''])
})

test('limits hold, one byte above is too much, and a client that still sends reads the refusal', async (t) => {
  const { url } = await start(t)
  assert.equal((await send(url, form(['file', blob(MAX), 'a']))).status, 200)
  for (const size of [MAX + 1, 100_000, 20_000_000]) {
    const answer = await send(url, form(['file', blob(size), 'a'], ['title', 'x']))
    assert.deepEqual([answer.status, answer.code], [413, 'payload_too_large'], String(size))
  }
  const field = await send(url, form(['title', 'x'.repeat(101)], ['file', blob(1), 'a']))
  assert.deepEqual([field.status, field.code], [413, 'payload_too_large'])
  const many = Array.from({ length: 100 }, (_, i) => [`field${i}`, 'x'] as const)
  const fields = await send(url, form(...many, ['file', blob(1), 'a']))
  assert.deepEqual([fields.status, fields.code], [413, 'payload_too_large'])
})

test('what is not one file in the part "file" is refused', async (t) => {
  const { url } = await start(t)
  const cases: [FormData, number, string][] = [
    [form(['title', 'x']), 400, 'malformed_request'],
    [form(), 400, 'malformed_request'],
    [form(['document', blob(1), 'a']), 400, 'malformed_request'],
    [form(['file', blob(1), 'a'], ['file', blob(1), 'b']), 422, 'invalid_request'],
    [form(['file', 'only text']), 400, 'malformed_request'],
    [form(['__proto__', 'x'], ['file', blob(1), 'a']), 400, 'malformed_request'],
  ]
  for (const [data, status, code] of cases) {
    const answer = await send(url, data)
    assert.deepEqual([answer.status, answer.code], [status, code], [...data.keys()].join())
  }
  const plain = await fetch(url, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })
  assert.equal(plain.status, 415)
  const none = await fetch(url, { method: 'POST' })
  assert.equal(none.status, 415)
})

test('a broken multipart body is refused and the service goes on', async (t) => {
  const { url, port } = await start(t)
  const bodies: [string, string][] = [
    ['multipart/form-data', 'nothing'],
    ['multipart/form-data; boundary=', 'nothing'],
    ['multipart/form-data; boundary=x', ''],
    ['multipart/form-data; boundary=x', 'nothing of the kind'],
    [
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf of it',
    ],
    ['multipart/form-data; boundary=x', '--x\r\n\r\n\r\n--x--'],
    ['multipart/form-data; boundary=x', `--x\r\n${'A: b\r\n'.repeat(500)}\r\n\r\n--x--`],
    [
      'multipart/form-data; boundary=x',
      `--x\r\nContent-Disposition: form-data; name="${'n'.repeat(100_000)}"\r\n\r\nv\r\n--x--`,
    ],
  ]
  for (const [type, body] of bodies) {
    const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': type } })
    assert.ok([400, 413, 415].includes(response.status), `${type} ${body.slice(0, 40)}: ${response.status}`)
    await response.arrayBuffer()
  }
  const head = 'POST /upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n'
  const part = '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
  const socket = connect(port, '127.0.0.1')
  socket.write(`${head}Content-Length: 500\r\n\r\n${part}half`)
  await once(socket, 'connect')
  setTimeout(() => socket.destroy(), 30)
  await once(socket, 'close')
  const huge = await rawRequest(port, `${head}Content-Length: 900000000\r\n\r\n${part}`)
  assert.match(huge, /^HTTP\/1\.1 413 [^\r]+\r\n(?:[^\r]+\r\n)*connection: close\r\n/i)
  assert.equal((await send(url, form(['file', blob(1), 'a']))).status, 200)
})
