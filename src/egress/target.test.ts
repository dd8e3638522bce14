import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '../core/errors.ts'
import { parseNetwork } from './addresses.ts'
import { REFUSED_HOSTS } from './spellings.fixture.ts'
import { AddressRefused, checkedTarget, PUBLIC_ONLY, type Refusal, type Rules } from './target.ts'

/** Why a text is refused; undefined if it is not. */
function refusal(text: string, rules: Rules = PUBLIC_ONLY): Refusal | undefined {
  try {
    checkedTarget(text, rules)
    return undefined
  } catch (error) {
    assert.ok(error instanceof AddressRefused, text)
    return error.reason
  }
}

const allowing = (more: {
  networks?: readonly string[]
  names?: readonly string[]
  ports?: readonly number[]
}): Rules => ({
  networks: (more.networks ?? []).map((text) => {
    const network = parseNetwork(text)
    assert.ok(network, text)
    return network
  }),
  names: new Set(more.names),
  ports: new Set(more.ports),
})

for (const [reason, hosts] of Object.entries(REFUSED_HOSTS)) {
  test(`hosts refused as ${reason}, in every spelling`, () => {
    const different = hosts.flatMap((host) =>
      [`http://${host}`, `https://${host}/`, `http://${host}:80/a?b=c#d`, `HTTPS://${host}:443/`, `  http://${host}/ `]
        .map((text) => [text, refusal(text)])
        .filter(([, found]) => found !== reason),
    )
    assert.deepEqual(different, [])
  })
}

/** Whole addresses that a reader and a parser may take differently. */
const TEXTS: Readonly<Record<Exclude<Refusal, 'origin'>, readonly string[]>> = {
  malformed: [
    '',
    ' ',
    'example.com',
    '/path',
    '//example.com',
    'http:',
    'http://',
    'https:///',
    'http://example.com:65536',
    'http://example.com:x',
    'http://example.com:80:80',
    'ht tp://example.com',
  ],
  scheme: [
    'ftp://example.com',
    'file:///etc/passwd',
    'file://example.com/etc/passwd',
    'gopher://127.0.0.1:6379/_x',
    'data:text/html,x',
    'javascript:alert(1)',
    'blob:https://example.com/x',
    'ws://example.com',
    'wss://example.com',
    'about:blank',
    'view-source:http://example.com',
    'dict://example.com:11211/',
    'ldap://example.com',
    'jar:http://example.com!/',
    'httpx://example.com',
    'example.com:80/',
    'localhost:80',
  ],
  credentials: [
    'http://user@example.com',
    'http://user:password@example.com',
    'http://:password@example.com',
    'http://example.com@127.0.0.1/',
    'http://127.0.0.1@example.com/',
    'http://example.com:80@127.0.0.1/',
    'http://example.com%2f@127.0.0.1/',
    'http://%40@example.com/',
    'http:\\\\user@example.com',
    'http://a@b@example.com/',
  ],
  port: [
    'http://example.com:22',
    'http://example.com:8080/',
    'https://example.com:0',
    'http://example.com:6379',
    'http://example.com:65535',
    'http://127.0.0.1:81/',
    'http://example.com:00081',
  ],
  address: [
    'http:127.0.0.1',
    'http:/127.0.0.1',
    'http:///127.0.0.1',
    'http:\\\\127.0.0.1\\x',
    'http://127.0.0.1\\@example.com/',
    'http://127.0.0.1#@example.com/',
    'http://127.0.0.1?@example.com/',
    'http://127.0.0.1/@example.com',
    'ht\ntp://127.0.0.1/',
    '\u0000http://127.0.0.1',
    'http://@127.0.0.1/',
    'http://:@127.0.0.1/',
    'http://127.0.0.1:/',
    'http://127.0.0.1:000080/',
    'https://127.0.0.1:80/',
  ],
  name: [
    'http:localhost',
    'http:\\\\localhost',
    'http:///localhost/',
    'http://localhost\\.example.com',
    'http://localhost#.example.com',
    'http://localhost?.example.com',
  ],
}

for (const [reason, texts] of Object.entries(TEXTS)) {
  test(`addresses refused for: ${reason}`, () => {
    assert.deepEqual(
      texts.map((text) => [text, refusal(text)]),
      texts.map((text) => [text, reason]),
    )
  })
}

test('public hosts in their usual spelling', () => {
  const read = (text: string) => {
    const { url, host, port, kind } = checkedTarget(text)
    return [url.href, host, port, kind]
  }
  assert.deepEqual(read('http://Example.COM./a?b#c'), ['http://example.com/a?b', 'example.com', 80, 'name'])
  assert.deepEqual(read('https://example.com'), ['https://example.com/', 'example.com', 443, 'name'])
  assert.deepEqual(read('https://example.com:80'), ['https://example.com:80/', 'example.com', 80, 'name'])
  assert.deepEqual(read('http://bücher.example。com'), [
    'http://xn--bcher-kva.example.com/',
    'xn--bcher-kva.example.com',
    80,
    'name',
  ])
  assert.deepEqual(read('http://134744072/'), ['http://8.8.8.8/', '8.8.8.8', 80, 'address'])
  assert.deepEqual(read('http://8.8.8.8./'), ['http://8.8.8.8/', '8.8.8.8', 80, 'address'])
  assert.deepEqual(read('https://[2606:4700:4700:0::1111]/'), [
    'https://[2606:4700:4700::1111]/',
    '2606:4700:4700::1111',
    443,
    'address',
  ])
  // Only whole labels at the end count.
  for (const text of [
    'http://localhost.example.com',
    'http://notlocalhost.com',
    'http://mylocal.de',
    'http://a.internal.org',
  ]) {
    assert.equal(refusal(text), undefined, text)
  }
})

test('networks, names and ports are allowed by the rules only, each for itself', () => {
  const loopback = allowing({ networks: ['127.0.0.0/8'], ports: [8080] })
  assert.equal(checkedTarget('http://127.1:8080/x', loopback).url.href, 'http://127.0.0.1:8080/x')
  assert.equal(refusal('http://127.0.0.1:8081', loopback), 'port')
  assert.equal(refusal('http://10.0.0.1:8080', loopback), 'address')
  assert.equal(refusal('http://[::ffff:127.0.0.1]:8080', loopback), 'address')
  assert.equal(refusal('http://localhost:8080', loopback), 'name')

  const named = allowing({ names: ['searxng', 'localhost'] })
  assert.equal(checkedTarget('http://SearXNG./', named).host, 'searxng')
  assert.equal(checkedTarget('http://localhost/', named).kind, 'name')
  assert.equal(refusal('http://a.localhost/', named), 'name')
  assert.equal(refusal('http://searxng:8080/', named), 'port')
  assert.equal(refusal('http://127.0.0.1/', named), 'address')
})

test('the error is one of the table, and says nothing of the address', () => {
  for (const [text, code, status] of [
    ['http://secret:word@hidden.internal/', 'blocked_address', 403],
    ['http://hidden.internal/secret', 'blocked_address', 403],
    ['http://127.0.0.1/secret', 'blocked_address', 403],
    ['http://hidden.example.com:22/', 'blocked_address', 403],
    ['file:///secret', 'blocked_address', 403],
    ['http://hidden..example.com/', 'invalid_request', 422],
  ] as const) {
    assert.throws(
      () => checkedTarget(text),
      (error) => {
        assert.ok(error instanceof AppError)
        assert.deepEqual([error.code, error.status], [code, status], text)
        assert.doesNotMatch(error.message, /secret|word@|hidden|127/)
        return true
      },
    )
  }
})
