import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { AppError } from '../core/errors.ts'
import { parseNetwork } from './addresses.ts'
import { checkedAddresses, createLookup, type Resolve } from './lookup.ts'
import { AddressRefused, PUBLIC_ONLY, type Rules } from './target.ts'

const LOOPBACK = parseNetwork('127.0.0.1')
assert.ok(LOOPBACK)
const WITH_LOOPBACK: Rules = { ...PUBLIC_ONLY, networks: [LOOPBACK] }

/** Answers one look-up after the other, and counts them. */
function resolver(...answers: readonly (readonly string[])[]) {
  const asked: string[] = []
  const resolve: Resolve = async (name) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? []
    asked.push(name)
    return answer.map((address) => ({ address }))
  }
  return { resolve, asked }
}

/** The lookup's answer as a promise, as `net` asks for it. */
const look = (rules: Rules, resolve: Resolve, options: Parameters<ReturnType<typeof createLookup>>[1]) =>
  new Promise<unknown>((done, failed) => {
    createLookup(rules, resolve)('host.example.com', options, (error, address, family) =>
      error === null ? done(family === undefined ? address : [address, family]) : failed(error),
    )
  })

async function listener(t: TestContext) {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.end('here')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

test('all addresses of a name, in the order of the resolver', async () => {
  const { resolve } = resolver(['2606:4700::1111', '1.1.1.1', '8.8.8.8'])
  assert.deepEqual(await checkedAddresses('host.example.com', PUBLIC_ONLY, resolve), [
    { address: '2606:4700::1111', family: 6 },
    { address: '1.1.1.1', family: 4 },
    { address: '8.8.8.8', family: 4 },
  ])
})

test('one refused address refuses the name, wherever it stands', async () => {
  const refused = [
    '127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    '::1',
    'fe80::1%eth0',
    '::ffff:1.1.1.1',
    'fd00::1',
    'nonsense',
  ]
  for (const address of refused) {
    for (const answer of [[address], [address, '1.1.1.1'], ['1.1.1.1', '2606:4700::1111', address]]) {
      const { resolve } = resolver(answer)
      const asking = checkedAddresses('host.example.com', PUBLIC_ONLY, resolve)
      await assert.rejects(asking, (error) => error instanceof AddressRefused && error.reason === 'address', address)
    }
  }
})

test('a refused address of the family that is not asked for refuses the name as well', async () => {
  for (const family of [4, 'IPv4', 6, 'IPv6'] as const) {
    const { resolve } = resolver(
      family === 4 || family === 'IPv4' ? ['1.1.1.1', '::1'] : ['2606:4700::1111', '127.0.0.1'],
    )
    await assert.rejects(look(PUBLIC_ONLY, resolve, { family, all: true }), AddressRefused)
  }
})

test('answers in both forms of node, of the family asked for', async () => {
  const { resolve } = resolver(['2606:4700::1111', '1.1.1.1'])
  const both = [
    { address: '2606:4700::1111', family: 6 },
    { address: '1.1.1.1', family: 4 },
  ]
  assert.deepEqual(await look(PUBLIC_ONLY, resolve, { all: true }), both)
  assert.deepEqual(await look(PUBLIC_ONLY, resolve, { all: true, family: 0 }), both)
  assert.deepEqual(await look(PUBLIC_ONLY, resolve, { all: true, family: 4 }), both.slice(1))
  assert.deepEqual(await look(PUBLIC_ONLY, resolve, { all: true, family: 'IPv6' }), both.slice(0, 1))
  assert.deepEqual(await look(PUBLIC_ONLY, resolve, {}), ['2606:4700::1111', 6])
  assert.deepEqual(await look(PUBLIC_ONLY, resolve, { family: 4 }), ['1.1.1.1', 4])
})

test('a name without an address, or that cannot be looked up, is an error of the table with its cause', async () => {
  const nothing = (error: unknown) => error instanceof AppError && error.code === 'upstream_failed'
  await assert.rejects(look(PUBLIC_ONLY, resolver([]).resolve, { all: true }), nothing)
  await assert.rejects(checkedAddresses('host.example.com', PUBLIC_ONLY, resolver([]).resolve), nothing)
  await assert.rejects(look(PUBLIC_ONLY, resolver(['1.1.1.1']).resolve, { family: 6 }), nothing)
  const cause = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
  const failing: Resolve = () => Promise.reject(cause)
  await assert.rejects(look(PUBLIC_ONLY, failing, {}), (error) => nothing(error) && (error as Error).cause === cause)
})

test('a socket connects to the checked address, with one look-up', async (t) => {
  const { port, connections } = await listener(t)
  const { resolve, asked } = resolver(['127.0.0.1'], ['127.0.0.2'])
  const socket = connect({ host: 'host.example.com', port, lookup: createLookup(WITH_LOOPBACK, resolve) })
  t.after(() => socket.destroy())
  const [data] = (await once(socket, 'data')) as [Buffer]
  assert.equal(data.toString(), 'here')
  assert.equal(socket.remoteAddress, '127.0.0.1')
  assert.deepEqual(asked, ['host.example.com'])
  assert.equal(connections(), 1)
})

test('a name that changes to a refused address is refused the next time, and nothing is connected to', async (t) => {
  const { port, connections } = await listener(t)
  // Public in the check before, this machine when the socket asks.
  const { resolve, asked } = resolver(['1.1.1.1'], ['127.0.0.1'])
  await checkedAddresses('host.example.com', PUBLIC_ONLY, resolve)
  const socket = connect({ host: 'host.example.com', port, lookup: createLookup(PUBLIC_ONLY, resolve) })
  t.after(() => socket.destroy())
  await assert.rejects(once(socket, 'connect'), AddressRefused)
  assert.equal(asked.length, 2)
  assert.equal(connections(), 0)
})
