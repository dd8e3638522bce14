import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fittedQuery } from './query.ts'
import { tidied } from './results.ts'

const one = (fields: { url?: unknown; title?: unknown; snippet?: unknown; published?: unknown }) =>
  tidied([{ url: 'https://example.com/a', title: 'A', snippet: 'B', ...fields }], 10)[0]

test('markup and character references become plain text of one line', () => {
  const texts: readonly (readonly [string, string])[] = [
    ['The <strong>red</strong> fox &amp; the <b class="x">hound</b>', 'The red fox & the hound'],
    ['It&#x27;s &ldquo;so&rdquo;&nbsp;&hellip;', "It's “so” …"],
    ['one<br>two</p><p>three</li><li>four', 'one two three four'],
    ['a < b and c > d, x<3', 'a < b and c > d, x<3'],
    ['before<script>alert("<b>1</b>")</script>after<style>p{}</style>.', 'beforeafter.'],
    ['cut<script>alert(1)', 'cut'],
    ['a<!-- b <i>c</i> -->d<!-- e', 'ad'],
    ['<img src=x onerror=alert(1)>picture<a href="javascript:x">link</a>', 'picturelink'],
    ['&lt;b&gt; is a tag, &amp;lt; is none', '<b> is a tag, &lt; is none'],
    ['line\r\none\tand\u0000 \u0007two\u2028three', 'line one and two three'],
    ['  \n ', ''],
    ['half \uD83D of a character', 'half \uFFFD of a character'],
  ]
  for (const [text, plain] of texts) assert.equal(one({ snippet: text })?.snippet, plain, text)
  for (const other of [undefined, null, 7, {}, ['a']]) assert.equal(one({ snippet: other })?.snippet, '')
})

test('texts are bounded, and never end in half of a character', () => {
  const { title = '', snippet = '' } = one({ title: 'x'.repeat(301), snippet: `${'x'.repeat(1999)}😀 and more` }) ?? {}
  assert.equal(title, `${'x'.repeat(300)} …`)
  assert.equal(snippet, `${'x'.repeat(1999)} …`)
  for (const hostile of ['<script', '<!--', '<a ', '<', '&', '&#']) {
    assert.ok((one({ snippet: hostile.repeat(100_000) })?.snippet ?? '').length <= 2002, hostile)
  }
})

test('only addresses of web pages, as text: which host they name does not matter', () => {
  const left = [
    undefined,
    null,
    7,
    '',
    'example.com',
    '/a',
    'ftp://example.com/',
    'file:///etc/passwd',
    'data:text/html,x',
    'javascript:alert(1)',
    'https://user:word@example.com/',
    'http://',
    `https://example.com/${'x'.repeat(2048)}`,
  ]
  assert.deepEqual(
    left.filter((url) => one({ url }) !== undefined),
    [],
  )
  assert.equal(one({ url: 'http://127.0.0.1:8080/a#b' })?.url, 'http://127.0.0.1:8080/a')
  assert.deepEqual(one({ title: ' ' }), { url: 'https://example.com/a', title: 'example.com', snippet: 'B' })
})

test('each page once, the first of them, and no more than asked for', () => {
  const urls = [
    'https://example.com/a',
    'http://www.example.com/a/#part',
    'https://example.com/a?utm_source=x&gclid=y',
    'https://example.com/a?b=1',
    'https://example.com/a?b=1&fbclid=z',
    'https://example.com:8443/a',
    'https://other.example.com/a',
    'https://example.com/A',
  ]
  const all = urls.map((url, i) => ({ url, title: String(i), snippet: '' }))
  assert.deepEqual(
    tidied(all, 10).map(({ title }) => title),
    ['0', '3', '5', '6', '7'],
  )
  assert.deepEqual(
    tidied(all, 2).map(({ title }) => title),
    ['0', '3'],
  )
})

test('the day of publication, where there is one', () => {
  const days: readonly (readonly [unknown, string | undefined])[] = [
    ['2024-05-01', '2024-05-01'],
    ['2024-05-01T23:30:00', '2024-05-01'],
    ['2024-05-01 23:30:00', '2024-05-01'],
    ['2024-05-01T23:30:00.000Z', '2024-05-01'],
    ['2024-05-01T23:30:00-05:00', '2024-05-02'],
    ['Tue, 05 Mar 2024 10:00:00 GMT', '2024-03-05'],
    ['5 days ago', undefined],
    ['page 7', undefined],
    ['2024', undefined],
    ['2024-13-45', undefined],
    ['', undefined],
    [null, undefined],
    [1_714_521_600, undefined],
  ]
  for (const [published, day] of days) assert.equal(one({ published })?.published, day, String(published))
})

test('a query fits its provider: one line, cut behind a word', () => {
  assert.equal(fittedQuery(' who \n built\u0000it ', { characters: 400 }), 'who built it')
  assert.equal(fittedQuery('one two three', { characters: 9 }), 'one two')
  assert.equal(fittedQuery('one two three', { characters: 400, words: 2 }), 'one two')
  assert.equal(fittedQuery('ab😀', { characters: 3 }), 'ab')
  for (const empty of ['', ' \n ']) assert.throws(() => fittedQuery(empty, { characters: 9 }), /empty/)
})
