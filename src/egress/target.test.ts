import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '../core/errors.ts'
import { parseNetwork } from './addresses.ts'
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

/** Spellings of hosts; each is tried with both schemes, a port, a path and a query. */
const HOSTS: Readonly<Record<Exclude<Refusal, 'scheme' | 'credentials' | 'port'>, readonly string[]>> = {
  address: [
    // Plain, short, decimal, octal, hexadecimal, mixed, padded.
    '127.0.0.1',
    '127.0.1',
    '127.1',
    '127.255.255.254',
    '2130706433',
    '017700000001',
    '00000017700000001',
    '0x7f000001',
    '0X7F000001',
    '0x7f.0.0.1',
    '0x7f.1',
    '0x7f.0x0.0x0.0x1',
    '0177.0.0.1',
    '0177.0.0.01',
    '0177.1',
    '0000177.0.0.1',
    '127.0x0.00.1',
    '127.0.0.0x1',
    '127.0x000001',
    '0',
    '0x0',
    '0x',
    '00',
    '0.0',
    '0.0.0.0',
    '10.1',
    '167772161',
    '0xa000001',
    '012.0.0.1',
    '192.168.257',
    '3232235777',
    '0xc0a80101',
    '0300.0250.1.1',
    '172.16.1',
    '169.254.169.254',
    '169.254.43518',
    '2852039166',
    '0xa9fea9fe',
    '0251.0376.0251.0376',
    '0xa9.0xfe.0xa9.0xfe',
    '168.63.129.16',
    '100.100.100.200',
    '224.0.0.1',
    '255.255.255.255',
    '4294967295',
    '0xffffffff',
    '192.0.2.1',
    '198.18.0.1',
    // A dot at the end.
    '127.0.0.1.',
    '127.1.',
    '2130706433.',
    '0x7f000001.',
    // Other characters that mean digits and dots, and percent-encoding of all of them.
    '１２７.０.０.１',
    '127。0。0。1',
    '127．0．0．1',
    '127｡0｡0｡1',
    '①②⑦.⓪.⓪.①',
    '𝟏𝟐𝟕.𝟎.𝟎.𝟏',
    '１２７。１',
    '0ｘ7f.1',
    '%31%32%37.0.0.1',
    '127%2e0%2e0%2e1',
    '%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1',
    '127%E3%80%820%E3%80%820%E3%80%821',
    '127.0.0.1%2e',
    '12\u00AD7.0.0.1',
    '127.0.0\u200B.1',
    '127.\t0.0.1',
    '127.0.\n0.1',
    // IPv6, and IPv4 within it.
    '[::]',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[0000:0000:0000:0000:0000:0000:0000:0001]',
    '[::0001]',
    '[::127.0.0.1]',
    '[::7f00:1]',
    '[::ffff:127.0.0.1]',
    '[::FFFF:7F00:1]',
    '[0:0:0:0:0:ffff:7f00:0001]',
    '[::ffff:0:127.0.0.1]',
    '[::ffff:169.254.169.254]',
    '[::ffff:a9fe:a9fe]',
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b::a9fe:a9fe]',
    '[64:ff9b:1::10.0.0.1]',
    '[2002:7f00:1::]',
    '[2002:c0a8:101::1]',
    '[2001:0:4136:e378:8000:63bf:80ff:fffe]',
    '[fe80::1]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    '[fd20:ce::254]',
    '[fec0::1]',
    '[ff02::1]',
    '[2001:db8::1]',
    '[100::1]',
  ],
  name: [
    'localhost',
    'LOCALHOST',
    'LocalHost',
    'localhost.',
    'a.localhost',
    'a.b.localhost.',
    'localhost.localdomain',
    'localhost6.localdomain6.local',
    'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
    'ｌｏｃａｌｈｏｓｔ',
    'loc\u00ADalhost',
    'local\u200Bhost',
    'l%6fcalhost',
    '%6c%6f%63%61%6c%68%6f%73%74',
    'localhost%2e',
    'localhost。',
    'a。localhost',
    'loc\talhost',
    'printer.local',
    'printer.LOCAL.',
    'metadata.google.internal',
    'metadata.google.internal.',
    'metadata。google。internal',
    'host.docker.internal',
    'wiki.intranet',
    'wiki.corp',
    'nas.lan',
    'nas.home',
    'nas.home.arpa',
    'a.private',
    'x.test',
    'x.invalid',
    'x.onion',
    'x.alt',
    // One label: completed with the domain of the network.
    'metadata',
    'router',
    'router.',
    'searxng',
    'münchen',
    'xn--mnchen-3ya',
    'com',
    'a',
    'local',
    'internal',
    'x7f000001',
    '0x7g',
  ],
  malformed: [
    '.',
    '..',
    'localhost..',
    'a..localhost',
    '.localhost',
    '127.0.0.1..',
    'a..example.com',
    '.example.com',
    'example.com..',
    '1.2.3.4.5',
    '256.1.1.1',
    '127.0.0.256',
    '4294967296',
    '08.8.8.8',
    '127.0.0.1.0x',
    'example.1',
    '[::1%25lo]',
    '[::1%lo]',
    '[fe80::1%25eth0]',
    '[::1',
    '::1',
    '[127.0.0.1]',
    '[::1].',
    '[::1]x',
    '[::ffff:127.1]',
    '[::ffff:0x7f.0.0.1]',
    '[:::1]',
    'exa mple.com',
    'example.com%00',
    'example.com%2fpath',
    'example.com%40x',
    'exam<ple.com',
    'exam|ple.com',
    '%5b::1%5d',
  ],
}

for (const [reason, hosts] of Object.entries(HOSTS)) {
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
const TEXTS: Readonly<Record<Refusal, readonly string[]>> = {
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
