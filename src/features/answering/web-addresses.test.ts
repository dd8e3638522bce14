import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChunkId, DocumentId } from '../../core/ids.ts'
import type { Evidence } from '../../core/ports/language-models.ts'
import { knownAddresses, pageKey, pagesNamed, withoutAddresses } from './web-addresses.ts'

test('a page is the same in each spelling of its address, and another where the path or the query is', () => {
  const key = pageKey('https://example.org/a/page?x=1')
  for (const same of [
    'HTTPS://EXAMPLE.ORG/a/page?x=1',
    'http://example.org/a/page/?x=1#part',
    ' example.org/a/page?x=1',
    'https://example.org:443/a/page?x=1',
    'https://example.org./a/./b/../page?x=1',
  ]) {
    assert.equal(pageKey(same), key, same)
  }
  for (const other of [
    'https://example.org/a/Page?x=1',
    'https://example.org/a/page',
    'https://example.org:8443/a/page?x=1',
  ]) {
    assert.notEqual(pageKey(other), key, other)
  }
  for (const none of [
    '',
    'ftp://example.org',
    'javascript://example.org/%0aalert(1)',
    'https://a@example.org/',
    '@example.org',
    'no page',
    'https://',
  ]) {
    assert.equal(pageKey(none), undefined, none)
  }
})

test('the addresses in a text are found once each, without the punctuation around them', () => {
  assert.deepEqual(
    pagesNamed('See https://example.org/a, (www.example.com/b) and "http://EXAMPLE.org/a/"! Not ftp://example.net/c.'),
    ['https://example.org/a', 'www.example.com/b'],
  )
  assert.deepEqual(pagesNamed('No address: example.org, nor ann@example.org'), [])
})

test('typography around an address is none of it, and brackets in it are', () => {
  const one = (text: string, address: string) => assert.deepEqual(pagesNamed(text), [address], text)
  const page = 'https://example.com/seite'
  for (const around of [
    `Was steht auf „${page}“?`,
    `»${page}«, ‹${page}›`,
    `What does “${page}”—the page—say?`,
    `It’s ‘${page}’.`,
    `请看${page}。谢谢`,
    `（${page}）`,
    `[${page}](${page})`,
    `See ${page}…`,
    `(see [${page}])`,
    `${page} – and ${page}–`,
    `|${page}|`,
    `**${page}**`,
    `${page},${page}`,
  ]) {
    one(around, page)
  }
  for (const whole of [
    'https://example.com/list?filter[name]=a&filter[size]=2',
    'https://example.com/?q={a|b}',
    'https://example.com/Crane_(bird)',
    'https://example.com/a[1]',
    'https://example.com/o’neill',
    'https://web.example.com/2020/https://example.org/',
    'http://[::1]:80/x',
    'http://[::ffff:127.0.0.1]',
  ]) {
    one(`Is ${whole}, as they say (${whole}), right?`, whole)
  }
  assert.deepEqual(pagesNamed('https://example.com/a|https://example.com/b;https://example.com/c'), [
    'https://example.com/a',
    'https://example.com/b',
    'https://example.com/c',
  ])
  assert.equal(withoutAddresses(`Was steht auf „${page}“ zu Kränen?`), 'Was steht auf zu Kränen?')
  assert.equal(withoutAddresses(`Who says so: ${page}/b or ${page}?`), 'Who says so: or?')
})

test('what is searched for is the question without its addresses', () => {
  assert.equal(withoutAddresses('What does https://example.org/a say of cranes?'), 'What does say of cranes?')
  assert.equal(withoutAddresses('Who built it (https://example.org/a)?'), 'Who built it?')
  assert.equal(withoutAddresses('Wer baute ihn?\nwww.example.org'), 'Wer baute ihn?')
  assert.equal(withoutAddresses('https://example.org/a'), 'https://example.org/a')
  assert.equal(withoutAddresses('Who  built it?'), 'Who  built it?')
  assert.equal(withoutAddresses('Who is ann@example.org?'), 'Who is ann@example.org?')
})

test('an answer may name the pages that it was drawn from, and of what they name only their own host', () => {
  const page = (id: string, url: string | undefined, text: string): Evidence => ({
    number: 1,
    documentId: id as DocumentId,
    version: 1,
    title: '',
    parts: [{ chunkId: 1 as ChunkId, context: '', page: null, url, start: 0, end: text.length, rank: 0 }],
    start: 0,
    end: text.length,
    text,
    sentences: [],
  })
  const shown = [
    page(
      'web-1',
      'https://example.org/a',
      'See https://example.org/b and https://evil.example/?q=1 and www.example.org/c, or write to us@example.org or x@evil.example.',
    ),
  ]
  const isKnown = knownAddresses(() => shown, { writes: true })
  for (const known of ['https://example.org/a', 'http://EXAMPLE.org/a/', 'https://example.org/b', '@example.org']) {
    assert.equal(isKnown(known), 'source', known)
  }
  for (const foreign of [
    'https://evil.example/?q=1',
    'https://example.org/a?q=1',
    'https://example.org/z',
    'ftp://example.org/a',
    '@evil.example',
  ]) {
    assert.equal(isKnown(foreign), undefined, foreign)
  }
  // What documents lead to is shown, and quoted as it stands.
  shown.push(page('018f', 'https://docs.example.com/', 'See https://example.net/form.'))
  assert.equal(isKnown('https://example.net/form'), 'text')
  assert.equal(knownAddresses(() => shown, { writes: false })('https://example.net/form'), 'source')
  assert.equal(isKnown('https://docs.example.com'), 'source')
})
