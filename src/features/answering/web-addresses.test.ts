import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pageKey, pagesNamed, withoutAddresses } from './web-addresses.ts'

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
  assert.deepEqual(pagesNamed('No address: example.org'), [])
})

test('what is searched for is the question without its addresses', () => {
  assert.equal(withoutAddresses('What does https://example.org/a say of cranes?'), 'What does say of cranes?')
  assert.equal(withoutAddresses('Who built it (https://example.org/a)?'), 'Who built it?')
  assert.equal(withoutAddresses('Wer baute ihn?\nwww.example.org'), 'Wer baute ihn?')
  assert.equal(withoutAddresses('https://example.org/a'), 'https://example.org/a')
  assert.equal(withoutAddresses('Who  built it?'), 'Who  built it?')
})
