import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPublic, mayConnect, type Network, parseNetwork } from './addresses.ts'

const networks = (...texts: readonly string[]): readonly Network[] =>
  texts.map((text) => {
    const network = parseNetwork(text)
    assert.ok(network, text)
    return network
  })

/** First and last addresses of each range, so that a prefix that is one bit off is seen. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  unspecified: ['0.0.0.0', '0.0.0.1', '0.255.255.255', '::', '0:0:0:0:0:0:0:0'],
  loopback: ['127.0.0.0', '127.0.0.1', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1', '0000:0000::0001'],
  private: ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255'],
  'link-local': ['169.254.0.0', '169.254.255.255', 'fe80::', 'fe80::1', 'febf:ffff::1'],
  'site-local': ['fec0::1', 'feff:ffff::1'],
  'unique-local': ['fc00::', 'fc00::1', 'fd12:3456::1', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  'metadata services': [
    '169.254.169.254', // AWS, Azure, Google and most others
    '169.254.170.2', // AWS, containers
    'fd00:ec2::254', // AWS
    'fd20:ce::254', // Google
    '100.100.100.200', // Alibaba
    '192.0.0.192', // Oracle
    '168.63.129.16', // Azure
  ],
  'carrier-grade NAT': ['100.64.0.0', '100.127.255.255'],
  multicast: ['224.0.0.0', '239.255.255.255', 'ff00::', 'ff02::1', 'ff0e::1', 'ffff:ffff::1'],
  broadcast: ['255.255.255.255'],
  reserved: ['192.0.0.0', '192.0.0.255', '192.88.99.1', '240.0.0.0', '255.255.255.254'],
  documentation: [
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '2001:db8::1',
    '2001:db8:ffff::1',
    '3fff::1',
    '3fff:fff::1',
  ],
  benchmarking: ['198.18.0.0', '198.19.255.255', '2001:2::1'],
  'special IPv6': ['100::1', '2001:1::1', '2001:3::1', '2001:10::1', '2001:20::1', '2001:30::1', '5f00::1'],
  'not given out': ['1::1', '200::1', '4000::1', '8000::1', 'e000::1', 'fe00::1'],
  'IPv4-mapped': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::FFFF:169.254.169.254', '::ffff:8.8.8.8'],
  'IPv4-compatible': ['::127.0.0.1', '::7f00:1', '::10.0.0.1', '::8.8.8.8'],
  'IPv4-translated': ['::ffff:0:127.0.0.1', '::ffff:0:8.8.8.8'],
  '6to4': ['2002:7f00:1::', '2002:7f00:1::1', '2002:a00:1::1', '2002:a9fe:a9fe::1', '2002:808:808::1'],
  Teredo: ['2001::1', '2001:0:7f00:1::', '2001:0:808:808:0:0:80ff:fffe', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  NAT64: [
    '64:ff9b::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::10.1.2.3',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b::',
    '64:ff9b::a83f:8110',
  ],
  'local NAT64': ['64:ff9b:1::', '64:ff9b:1::127.0.0.1', '64:ff9b:1:ffff::808:808', '64:ff9b:1::8.8.8.8'],
  ISATAP: ['2600::5efe:10.0.0.1', '2600::5efe:7f00:1', '2600::200:5efe:192.168.0.1', '2600:1:2:3:0:5efe:a9fe:a9fe'],
  'with a zone': [
    'fe80::1%eth0',
    '::1%lo',
    '2606:4700::1111%eth0',
    '2606:4700::1111%1',
    '8.8.8.8%1',
    '2606:4700::1111%',
  ],
  'no address in its usual notation': [
    '',
    ' ',
    'localhost',
    'example.com',
    '127.1',
    '8.8',
    '2130706433',
    '134744072',
    '0x7f000001',
    '0x8.8.8.8',
    '017700000001',
    '010.8.8.8',
    '08.8.8.8',
    '8.8.8.8.',
    '.8.8.8.8',
    ' 8.8.8.8',
    '8.8.8.8 ',
    '8.8.8.8\n',
    '8.8.8.8\0',
    '8.8.8.256',
    '8.8.8.8.8',
    '８.8.8.8',
    '8.8.8.8/32',
    '8.8.8.8:80',
    '[2606:4700::1111]',
    '2606:4700::1111/128',
    '2606::4700::1',
    '2606:4700:::1',
    '12606::1',
    ':::',
    ':',
  ],
}

const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '1.0.0.0',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '168.63.129.15',
  '168.63.129.17',
  '169.253.255.255',
  '169.255.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2606:4700:4700:0:0:0:0:1111',
  '2A00:1450:4001:81B::200E',
  '2001:4860:4860::8888',
  '2001:db7::1',
  '2001:db9::1',
  '2003::1',
  '2600::5efe:8.8.8.8',
  '2600::1:5efe:10.0.0.1',
  '64:ff9b::8.8.8.8',
  '64:ff9b::808:808',
]

for (const [range, addresses] of Object.entries(REFUSED)) {
  test(`refused: ${range}`, () => {
    assert.deepEqual(addresses.filter(isPublic), [])
    assert.deepEqual(
      addresses.filter((address) => mayConnect(address, [])),
      [],
    )
  })
}

test('addresses of the public internet, also the neighbours of refused ranges', () => {
  assert.deepEqual(
    PUBLIC.filter((address) => !isPublic(address)),
    [],
  )
  assert.deepEqual(
    PUBLIC.filter((address) => !mayConnect(address, [])),
    [],
  )
})

test('an allowance holds for its network and nothing beside it', () => {
  const allowed = networks('127.0.0.1', '10.1.0.0/16', 'fd00:1::/32', '::1')
  for (const address of ['127.0.0.1', '10.1.0.0', '10.1.255.255', 'fd00:1::5', '::1', '8.8.8.8']) {
    assert.equal(mayConnect(address, allowed), true, address)
  }
  const others = ['127.0.0.2', '10.2.0.0', '10.0.255.255', 'fd00:2::5', '::2', '::', '169.254.169.254', '127.1']
  for (const address of others) assert.equal(mayConnect(address, allowed), false, address)
})

test('an allowance of an IPv4 network is none for the IPv6 spellings of its addresses', () => {
  const allowed = networks('0.0.0.0/0')
  const spellings = ['::ffff:127.0.0.1', '::127.0.0.1', '64:ff9b::127.0.0.1', '2002:7f00:1::1', '::1']
  assert.deepEqual(
    spellings.filter((address) => mayConnect(address, allowed)),
    [],
  )
  assert.equal(mayConnect('127.0.0.1', allowed), true)
})

test('an allowance is none for an address with a zone', () => {
  assert.equal(mayConnect('fe80::1%eth0', networks('fe80::/10')), false)
})

test('what is no network is not read as one', () => {
  const texts = ['', '/', '/8', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/08', '10.0.0.0/8/8', '10.0.0.0/ 8']
  const more = ['10/8', '010.0.0.0/8', '0xa.0.0.0/8', 'fd00::/129', 'fe80::1%eth0/64', 'localhost', '*', '10.0.0.0/8x']
  for (const text of [...texts, ...more]) assert.equal(parseNetwork(text), undefined, text)
  assert.equal(parseNetwork('10.0.0.0/0')?.bits, 0)
  assert.equal(parseNetwork('10.0.0.1')?.bits, 32)
  assert.equal(parseNetwork('fd00::1')?.bits, 128)
})
