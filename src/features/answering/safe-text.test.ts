import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Nodes } from 'mdast'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import fc from 'fast-check'
import { addressesIn, createSafeText, LINK_REMOVED } from './safe-text.ts'

const SHOWN = new Set(['@shown.example', 'https://shown.example/a', 'www.shown.example', 'https://www.shown.example'])
const QUOTED = new Set(['@good.example', 'https://good.example/a_(b)', 'www.good.example'])

function cleaned(...pieces: string[]): string {
  const safe = createSafeText((address) => (QUOTED.has(address) ? 'source' : SHOWN.has(address) ? 'text' : undefined))
  return pieces.map((piece) => safe.push(piece)).join('') + safe.end()
}

describe('what leads elsewhere', () => {
  const cases: [string, string, string][] = [
    ['a link', 'See [the page](https://evil.example/?q=1) now.', 'See the page now.'],
    ['a link within the site', 'See [the page](/logout "x").', 'See the page.'],
    ['an image', 'Look: ![a chart](https://evil.example/x.png)!', 'Look: a chart!'],
    ['an image in a link', '[![alt](http://a.example/i)](http://b.example)', 'alt'],
    ['an address', 'Go to https://evil.example/a?b=c, please.', `Go to ${LINK_REMOVED}, please.`],
    [
      'an address of a text',
      'Go to https://www.shown.example, www.shown.example.',
      'Go to shown.example, shown.example.',
    ],
    ['mail to a host of a text', 'Write to ann@shown.example now.', 'Write to ann (at) shown.example now.'],
    [
      'an address that goes on',
      'https://good.example/a_(b)|@evil.example?q=1',
      `https://good.example/a_(b) |@evil.example?q=1`,
    ],
    [
      'an escaped address',
      'https:\\//evil.example www\\.evil.example a@evil\\.example',
      'https:\\ //evil.example www\\ .evil.example a@evil\\ .example',
    ],
    ['an address without a scheme', '(www.evil.example)', `(${LINK_REMOVED})`],
    ['an address in angle brackets', '<https://evil.example>', LINK_REMOVED],
    ['an element', 'A<img src="https://evil.example/x"> B <a href=x>C</a>', 'A  B C '],
    ['an active element', '<script>alert(1)</script>', 'alert(1)'],
    ['a comment', 'a <!-- hidden --> b', 'a  b'],
    ['a definition', '[note]: https://evil.example', `note: ${LINK_REMOVED}`],
    ['a definition for a mark', '> [1]: /x', '> [1] : /x'],
    ['a definition in a list in a list', '1. - [1]: //evil.example', '1. - [1] : //evil.example'],
    ['a definition in many lists', `${'1. '.repeat(30)}[1]: /x`, `${'1. '.repeat(30)}[1] : /x`],
    ['a definition whose label has a bracket', '[a\\]b]: //evil.example', '[a\\]b] : //evil.example'],
    ['a definition whose label has a mark', '[\\[1]: //evil.example', '[\\[1] : //evil.example'],
    ['a definition that an element hides', '[a<!-- ] -->b]: /x', '[a b] : /x'],
    ['a definition behind an element', '[1]<!-- -->: /x', '[1] : /x'],
    ['a definition over two lines', '[a\nb]<!-- -->: /x', '[a\nb] : /x'],
    ['a definition behind another kind of line end', 'a\r[1]: /x', 'a\n[1] : /x'],
    ['an image that NULs hide', '!\0[q]\0(htt\0p://evil.example/x.png)', 'q'],
    ['a mail address', 'Write to help.desk@evil.example, or call.', `Write to help.desk ${LINK_REMOVED}, or call.`],
    ['a mail address with its scheme', 'mailto:a@evil.example?body=x', `mailto:a ${LINK_REMOVED}?body=x`],
    ['an address whose colon is written by its number', 'https&#58;//evil.example', 'https& #58;//evil.example'],
    ['an address whose colon is written by its name', 'https&colon;//evil.example', 'https& colon;//evil.example'],
    ['an element that a NUL hides', '<\0img src=//evil.example>', ''],
  ]
  for (const [name, text, result] of cases) test(`${name} is taken out`, () => assert.equal(cleaned(text), result))
})

describe('what is harmless', () => {
  const same = [
    'The bridge [1] opened in 1932 [2, 3].',
    'An address of the source: https://good.example/a_(b). And www.good.example!',
    'If a < b and b > c, then x<3.',
    'Bold <b>words</b> and <br/> lines, [sic] and array[0].',
    'Wow! http, https: and www. are words. The http:// scheme.',
    'Ask @bradfield, R&D or AT&T; a @ b, x@y and ann@good.example &amp; &lt;b&gt;.',
    'A half [link and a half < tag',
    'In [1]: so it was. By [2, 3]: too.',
    '[1][2] stand side by side; [] is empty; ![ is nothing',
  ]
  for (const text of same) test(`stays: ${text}`, () => assert.equal(cleaned(text), text))

  test('passes at once, but for what has only begun', () => {
    const safe = createSafeText(() => undefined)
    const given = ['The', ' bridge', ' [', '1', ']', ' opened', ' in <', 'b', '>', '1932', '.'].map(safe.push)
    assert.deepEqual(given, ['The', ' bridge', ' ', '', '', '[1] opened', ' in ', '', '<b>', '1932', '.'])
    assert.equal(safe.end(), '')
  })
})

test('marks of other forms are brought into one', () => {
  assert.equal(
    cleaned('A [^1], B 【2†source】, C [[3]], D [Source 4], E [5](https://x.example).'),
    'A [1], B [2], C [3], D [4], E [5].',
  )
})

const piece = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '[',
      ']',
      '(',
      ')',
      '<',
      '>',
      '!',
      ':',
      '/',
      '"',
      ' ',
      '\n',
      '\n\n',
      '.',
      '=',
      '\\',
      '|',
      '^',
      '`',
      '{',
      '}',
      '-',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'a@b',
      '@',
      '&',
      '&#58;',
      '&#x2f;',
      'colon;',
      '&col',
      '#',
      'http',
      'https://',
      'www.',
      'ht',
      'tps://',
      'evil.example',
      'https://good.example/a_(b)',
      'www.good.example',
      '@good.example',
      '@shown.example',
      'https://shown.example/a',
      'https://www.shown.example',
      'x',
      '1',
      '【',
      '】',
      '†',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '<b>',
      '<img src=x>',
      '</script>',
      '<script',
      '[1]',
      '](',
      '![',
      '[a](b.c)',
      '😀',
      'é',
      '\0',
      '\r',
      '1. ',
      '- ',
    ),
  },
)
const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))

test('the result does not depend on how the text is cut', () => {
  fc.assert(
    fc.property(text, fc.infiniteStream(fc.integer({ min: 1, max: 5 })), (whole, lengths) => {
      const pieces: string[] = []
      for (let at = 0; at < whole.length;) {
        const length = lengths.next().value
        pieces.push(whole.slice(at, at + length))
        at += length
      }
      assert.equal(cleaned(...pieces), cleaned(whole))
    }),
    { numRuns: 5000 },
  )
})

/** Exactly what is quoted, with nothing carried along. */
const isGood = (link: string): boolean =>
  link === 'https://good.example/a_(b)' ||
  link === 'http://www.good.example' ||
  /^mailto:[^@]*@good\.example$/.test(link)

/** What a renderer of GitHub's Markdown makes a link or an image of, but for `www.` before no host, which leads nowhere. */
function linksIn(markdown: string): string[] {
  const links: string[] = []
  const look = (node: Nodes): void => {
    if ('url' in node) links.push(node.url)
    if ('children' in node) node.children.forEach(look)
  }
  look(unified().use(remarkParse).use(remarkGfm).parse(markdown))
  return links.filter((link) => !/^http:\/\/www\.?(?![\p{L}\p{N}])/u.test(link) && !isGood(link))
}

test('no text becomes a link, an image, an element that does something or an address', () => {
  fc.assert(
    fc.property(text, (whole) => {
      const result = cleaned(whole)
      assert.doesNotMatch(result, /\]\(/)
      assert.doesNotMatch(result, /(?<!\[\d[\d\s,–-]*)\]:/)
      assert.doesNotMatch(result, /(?:^|\n)(?:[\s>*+-]|\d{1,9}[.)])*\[[^[\]]*\]:/)
      const elements = result.match(/<[a-z/!?][^>]*>?/gi) ?? []
      for (const element of elements) assert.match(element, /^<\/?[a-z][a-z0-9-]*\s*\/?>$/i)
      assert.doesNotMatch(result, /<\/?(?:script|img|svg|iframe)(?![a-z0-9-])/i)
      assert.deepEqual(
        addressesIn(result).filter((address) => !QUOTED.has(address)),
        [],
      )
    }),
    { numRuns: 20_000 },
  )
})

test("GitHub's Markdown shows no link or image in what is made of any text", () => {
  fc.assert(
    fc.property(text, (whole) => assert.deepEqual(linksIn(cleaned(whole)), [])),
    { numRuns: 6_000 },
  )
})
