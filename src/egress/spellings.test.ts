import assert from 'node:assert/strict'
import { setDefaultCACertificates } from 'node:tls'
import { test, type TestContext } from 'node:test'
import { Agent, request } from 'undici'
import { AppError } from '../core/errors.ts'
import { LOCALHOST } from '../http/tls.fixture.ts'
import { parseNetwork } from './addresses.ts'
import { createConnector } from './connector.ts'
import { createFetch, type Limits } from './fetch.ts'
import { listen, type Responder } from './listener.fixture.ts'
import type { Resolve } from './lookup.ts'
import { REFUSED_HOSTS } from './spellings.fixture.ts'
import { AddressRefused, type Rules } from './target.ts'

// The whole door against spellings, redirects and look-ups: what counts is that nobody connects. 127.0.0.3 stands for
// the public internet; everything else of this machine is what must not be reached.

const LIMITS: Limits = {
  bytes: 100_000,
  ratio: 100,
  milliseconds: 20_000,
  redirects: 3,
  mediaTypes: new Set(['text/plain']),
}

const plain: Responder = (_, response) => response.setHeader('content-type', 'text/plain').end('reached')

/** Both protocols of what must not be reached, on the same port. */
async function hidden(t: TestContext): Promise<{ port: number; connections: () => number }> {
  const four = await listen(t, plain, '127.0.0.1')
  const six = await listen(t, plain, '::1', undefined, four.port)
  return { port: four.port, connections: () => four.connections() + six.connections() }
}

const allowing = (address: string, ports: readonly number[], names: readonly string[] = []): Rules => {
  const network = parseNetwork(address)
  assert.ok(network)
  return { networks: [network], names: new Set(names), ports: new Set(ports) }
}

function door(t: TestContext, rules: Rules, resolve: Resolve, limits: Partial<Limits> = {}) {
  const guarded = createFetch({ rules, limits: { ...LIMITS, ...limits }, resolve })
  t.after(() => guarded.close())
  return guarded
}

/** One answer after the other, the last one for all further look-ups. */
function inTurn(...answers: readonly (readonly string[])[]): Resolve & { asked: () => number } {
  let asked = 0
  const resolve: Resolve = async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)] ?? []
    return answer.map((address) => ({ address }))
  }
  return Object.assign(resolve, { asked: () => asked })
}

const refusedFor = (reason: string) => (error: unknown) => error instanceof AddressRefused && error.reason === reason

for (const [reason, hosts] of Object.entries(REFUSED_HOSTS)) {
  test(`no connection to any spelling, asked for or redirected to: ${reason}`, async (t) => {
    const { port, connections } = await hidden(t)
    let location = ''
    const site = await listen(t, (_, response) => response.writeHead(302, { location }).end(), '127.0.0.3')
    const rules = allowing('127.0.0.3', [port, site.port])
    const asked: string[] = []
    const guarded = door(t, rules, async (name) => {
      asked.push(name)
      return [{ address: '127.0.0.1' }]
    })
    for (const host of hosts) {
      for (const scheme of ['http', 'https']) {
        const address = `${scheme}://${host}:${port}/`
        await assert.rejects(guarded.get(address), refusedFor(reason), address)
        assert.deepEqual(asked, [], 'nothing is looked up')
        // What a header cannot hold is percent-encoded, which may make it another mistake.
        location = address.replace(/[^!-~]/gu, (character) => encodeURIComponent(character))
        const expected = location === address ? refusedFor(reason) : AddressRefused
        await assert.rejects(guarded.get(`http://127.0.0.3:${site.port}/`), expected, location)
        asked.length = 0
      }
    }
    assert.equal(connections(), 0)
  })
}

test('where the text is not looked at, the sockets are still checked', async (t) => {
  const { port, connections } = await hidden(t)
  const connect = await createConnector(allowing('127.0.0.3', []), inTurn(['127.0.0.1']), 10_000)
  const dispatcher = new Agent({ connect })
  t.after(() => dispatcher.destroy())
  let tried = 0
  for (const host of [...REFUSED_HOSTS.address, ...REFUSED_HOSTS.name]) {
    const url = URL.parse(`http://${host}:${port}/`)
    if (url === null) continue
    await assert.rejects(request(url, { dispatcher }), AddressRefused, host)
    tried++
  }
  assert.ok(tried > 120, String(tried))
  assert.equal(connections(), 0)
})

test('a public name that leads to this machine or its network', async (t) => {
  const { port, connections } = await hidden(t)
  const answers = [
    ['127.0.0.1'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['::127.0.0.1'],
    ['64:ff9b::7f00:1'],
    ['2002:7f00:1::'],
    ['fe80::1%lo'],
    ['::1%lo'],
    ['0.0.0.0'],
    ['::'],
    ['127.0.0.3', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.3'],
    ['127.0.0.3', '::1'],
    ['2130706433'],
    ['0x7f.0.0.1'],
    ['localhost'],
    [''],
  ]
  for (const answer of answers) {
    const guarded = door(t, allowing('127.0.0.3', [port]), inTurn(answer))
    for (const scheme of ['http', 'https']) {
      const asking = guarded.get(`${scheme}://rebound.example.com:${port}/`)
      await assert.rejects(asking, refusedFor('address'), answer.join())
    }
  }
  assert.equal(connections(), 0)
})

test('a name that changes while it is used', async (t) => {
  const { port, connections } = await hidden(t)
  const site = await listen(
    t,
    (incoming, response) => {
      response.setHeader('connection', 'close')
      if (incoming.url === '/again') response.writeHead(302, { location: '/' }).end()
      else plain(incoming, response)
    },
    '127.0.0.3',
    undefined,
    port,
  )
  const resolve = inTurn(['127.0.0.3'], ['127.0.0.1'])
  const guarded = door(t, allowing('127.0.0.3', [port]), resolve)
  const address = `http://rebound.example.com:${port}`
  assert.equal((await guarded.get(`${address}/`)).status, 200)
  assert.equal(resolve.asked(), 1)
  await assert.rejects(guarded.get(`${address}/`), refusedFor('address'))

  // Between a page and the place that it redirects to, at the same name.
  const changing = door(t, allowing('127.0.0.3', [port]), inTurn(['127.0.0.3'], ['::1']))
  await assert.rejects(changing.get(`${address}/again`), refusedFor('address'))
  assert.deepEqual([site.connections(), connections()], [2, 0])
})

test('a look-up that takes long, or never ends, is not waited for, and what it says later is not used', async (t) => {
  const { port, connections } = await hidden(t)
  const late = Promise.withResolvers<readonly { address: string }[]>()
  const rules = allowing('127.0.0.3', [port])
  const guarded = door(t, rules, () => late.promise, { milliseconds: 100 })
  const failed = (error: unknown): boolean => error instanceof AppError && error.code === 'upstream_failed'
  await assert.rejects(guarded.get(`http://slow.example.com:${port}/`), failed)
  await assert.rejects(guarded.get(`https://slow.example.com:${port}/`), failed)
  late.resolve([{ address: '127.0.0.1' }])
  await new Promise(setImmediate)

  const stop = new AbortController()
  const reason = new Error('no longer wanted')
  const never = door(t, rules, () => new Promise(() => undefined))
  const asking = never.get(`http://slow.example.com:${port}/`, { signal: stop.signal })
  stop.abort(reason)
  await assert.rejects(asking, (error) => error === reason)
  assert.equal(connections(), 0)
})

test('HTTPS goes through the same checks, and shows a certificate for the name that was asked for', async (t) => {
  setDefaultCACertificates([LOCALHOST.cert])
  const site = await listen(t, plain, '127.0.0.1', LOCALHOST)
  const other = await listen(t, plain, '127.0.0.2', LOCALHOST, site.port)
  const rules = allowing('127.0.0.1', [site.port], ['localhost'])
  const guarded = door(t, rules, async (name) => [
    { address: name === 'hidden.example.com' ? '127.0.0.2' : '127.0.0.1' },
  ])
  const page = await guarded.get(`https://LOCALHOST.:${site.port}/`)
  assert.deepEqual([page.url, page.status], [`https://localhost:${site.port}/`, 200])
  assert.equal((await guarded.get(`https://127.1:${site.port}/`)).status, 200)
  const connected = site.connections()
  await assert.rejects(guarded.get(`https://hidden.example.com:${site.port}/`), refusedFor('address'))
  await assert.rejects(guarded.get(`https://127.0.0.2:${site.port}/`), refusedFor('address'))
  assert.equal(site.connections(), connected)
  // The certificate is not for this name.
  await assert.rejects(
    guarded.get(`https://site.example.com:${site.port}/`),
    (error) =>
      error instanceof AppError &&
      error.code === 'upstream_failed' &&
      error.cause instanceof Error &&
      'code' in error.cause &&
      error.cause.code === 'ERR_TLS_CERT_ALTNAME_INVALID',
  )
  assert.equal(other.connections(), 0)
})
