import assert from 'node:assert/strict'
import { test } from 'node:test'
import { completeAddress, mayBePage, pageAddress, repeats, shapeOf, siteOf } from './addresses.ts'

test('an address without a scheme gets https, and one with a port is no scheme', () => {
  const given: readonly (readonly [string, string])[] = [
    [' example.org/a ', 'https://example.org/a'],
    ['//example.org', 'https://example.org'],
    ['http://example.org', 'http://example.org'],
    ['localhost:8000/x', 'https://localhost:8000/x'],
    ['example.org:8080', 'https://example.org:8080'],
    ['ftp://example.org', 'ftp://example.org'],
    ['mailto:a@example.org', 'mailto:a@example.org'],
    ['javascript:alert(1)', 'javascript:alert(1)'],
    ['127.0.0.1', 'https://127.0.0.1'],
  ]
  for (const [text, complete] of given) assert.equal(completeAddress(text), complete)
})

test('spellings of one page are one address; what is no page has none', () => {
  const base = 'https://example.org/docs/guide/'
  const same: readonly (readonly [string, string])[] = [
    ['HTTPS://Example.ORG:443/a#part', 'https://example.org/a'],
    ['https://example.org./a', 'https://example.org/a'],
    ['../b?utm_source=x&q=1+2&fbclid=y', 'https://example.org/docs/b?q=1+2'],
    ['/c?', 'https://example.org/c'],
    ['d;jsessionid=1A2B?x=%20', 'https://example.org/docs/guide/d?x=%20'],
    ['?sid=5', 'https://example.org/docs/guide/'],
    ['//other.example.org/', 'https://other.example.org/'],
  ]
  for (const [text, address] of same) assert.equal(pageAddress(text, base), address, text)
  for (const text of [
    'mailto:a@b.org',
    'javascript:void(0)',
    'tel:1',
    'data:text/html,x',
    'http://u:p@x.org/',
    'http://',
  ])
    assert.equal(pageAddress(text, base), undefined, text)
})

test('a site is its host without www, and its port', () => {
  assert.equal(siteOf('https://www.example.org/a'), siteOf('http://example.org/'))
  assert.notEqual(siteOf('https://docs.example.org/'), siteOf('https://example.org/'))
  assert.notEqual(siteOf('http://example.org:8080/'), siteOf('http://example.org/'))
})

test('what is no page by its name, what goes round, and what is of one shape', () => {
  for (const path of ['a.PNG', 'x/b.tar.gz', 'feed.rss', 'v1.2/app.js']) {
    assert.equal(mayBePage(`https://example.org/${path}`), false, path)
  }
  for (const path of ['', 'a.html', 'report.pdf', 'node.js/', 'a?file=b.png']) {
    assert.equal(mayBePage(`https://example.org/${path}`), true, path)
  }
  assert.equal(repeats('https://example.org/a/b/a/b/a/b/a/b'), true)
  assert.equal(repeats('https://example.org/a/b/a/b/a'), false)
  const month = (n: number) => shapeOf(`https://example.org/calendar/2024/${n}?view=month&day=${n}`)
  assert.equal(month(3), month(12))
  assert.notEqual(month(3), shapeOf('https://example.org/calendar/2024/3?day=3'))
})
