import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { fingerprint, isNearDuplicate } from './near-duplicates.ts'

const same = (a: string, b: string, contexts: readonly [string, string] = ['', '']): boolean => {
  const [one, other] = [fingerprint({ text: a, context: contexts[0] }), fingerprint({ text: b, context: contexts[1] })]
  const answer = isNearDuplicate(one, other)
  assert.equal(isNearDuplicate(other, one), answer, 'not symmetric')
  return answer
}

const INVOICE =
  'Invoice of Miller & Sons to Acme Ltd. The work on the roof of the storehouse was finished on 3 May 2024. ' +
  'The amount of 4,500.00 euros is to be paid within 14 days to the account that is named below. Late payment is ' +
  'charged with interest of 5 %. The goods stay the property of the seller until they are paid in full. ' +
  'A complaint that is made after the end of that time cannot be accepted, unless the fault could not be seen.'
const changed = (from: string, to: string): string => {
  assert.ok(INVOICE.includes(from))
  return INVOICE.replace(from, to)
}

describe('near-duplicates', () => {
  test('a text is one of itself, however its lines are broken and its quotes and hyphens are written', () => {
    assert.ok(same(INVOICE, INVOICE))
    assert.ok(same(INVOICE, `\n${INVOICE.replaceAll(' ', '\n  ')}\t`))
    assert.ok(same('the “due-date” of Ann’s café', 'the "due\u2010date" of\u00a0Ann\'s cafe\u0301'))
    assert.ok(same('Das Wetter ist heute schön.', 'Das Wetter ist  heute schön.'))
    assert.ok(same('上海的天气很好。', '上海的天气很好。'))
  })

  for (const [what, from, to] of [
    ['an amount', '4,500.00', '4,600.00'],
    ['a decimal mark', '4,500.00', '4.500,00'],
    ['a date', '3 May', '4 May'],
    ['a year', '2024', '2025'],
    ['a name', 'Acme', 'Apex'],
    ['a name in its case', 'Late', 'LATE'],
    ['a negation', 'cannot', 'can'],
    ['a word more', 'is to be paid', 'is not to be paid'],
    ['a currency', 'euros', 'dollars'],
    ['a sign', '5 %', '-5 %'],
    ['a mark', 'in full.', 'in full?'],
    ['its last word', 'be seen.', 'be heard.'],
    ['its first word', 'Invoice', 'Reminder'],
    ['a small word', 'within 14 days to', 'within 14 days from'],
  ] as const) {
    test(`texts that differ by ${what} are none`, () => assert.equal(same(INVOICE, changed(from, to)), false))
  }

  test('a superscript is not read as a digit', () => {
    assert.equal(same('an area of 10² metres', 'an area of 102 metres'), false)
  })

  test('a page with another footer or header is one, as far as these only speak of the page', () => {
    const page = INVOICE
    assert.ok(same(page, `${page}\n\nAll rights reserved. Terms of use | Privacy policy`))
    assert.ok(same(`${page}\n\nThis page is maintained by the web team.`, `${page}\n\nPrint this page | Contact us`))
    assert.ok(same(`Home | News | Search\n\n${page}`, page))
    assert.ok(same(`Skip to content\n${page}\nBack to top`, `Sign in\n${page}\nShare this page`))
    assert.ok(same(`${page} Read more on our website.`, page))
  })

  for (const [what, footer] of [
    ['a number', 'Page 2'],
    ['a year', '© 2024'],
    ['a name', 'Contact Alice'],
    ['a denial', 'This page is not up to date.'],
    ['a word of weight', 'This page is void.'],
    ['an address', 'Contact us at help@example.com'],
    ['other words than a page says of itself', 'The roof leaks again.'],
    ['another script', '上海'],
  ] as const) {
    test(`not with ${what} in the footer`, () => {
      assert.equal(same(INVOICE, `${INVOICE}\n\n${footer}`), false)
      assert.equal(same(`${INVOICE}\n\nPrint this page`, `${INVOICE}\n\n${footer}`), false)
    })
  }

  test('what goes on in the same sentence is no footer', () => {
    const open = INVOICE.slice(0, -1)
    assert.equal(same(`${open} by us.`, `${open} by you.`), false)
    assert.equal(same(`${open} here`, `${open} there`), false)
  })

  test('a long text around the shared one is more than a footer', () => {
    assert.equal(same(INVOICE, `${INVOICE}\n\n${'Read more on our page. '.repeat(9)}`), false)
    assert.equal(same('A roof.', 'A roof.\nPrint this page'), false)
  })

  test('the same words under another heading speak of something else', () => {
    assert.equal(same('Two years.', 'Two years.', ['Warranty of the lamp', 'Warranty of the kettle']), false)
    assert.ok(same('Two years.', 'Two years.', ['Warranty', 'Warranty']))
  })

  test('texts without a word', () => {
    assert.ok(same('', ''))
    assert.equal(same('', 'a'), false)
    assert.ok(same(' \n', ''))
  })
})

const word = fc.oneof(
  fc.constantFrom('a', 'b', 'the', 'page', 'not', '1', '2', 'Ann'),
  fc.string({ unit: 'binary', minLength: 1 }),
)
const words = fc.array(
  word.filter((one) => one.trim() === one && !/\s/.test(one)),
  { minLength: 1, maxLength: 60 },
)

describe('of any words', () => {
  test('a text is a near-duplicate of itself', () => {
    fc.assert(fc.property(words, (list) => same(list.join(' '), list.join('\n'))))
  })

  test('one that is replaced or put between makes another text, be it a footer’s word', () => {
    fc.assert(
      fc.property(
        words,
        fc.nat(),
        fc.constantFrom('not', 'page', '7', 'Bob', '-'),
        fc.boolean(),
        (list, at, other, puts) => {
          const place = at % list.length
          const text = list.toSpliced(place, puts ? 0 : 1, other).join(' ')
          return list.join(' ') === text || !same(list.join(' '), text) || isFootersWord(list, place, other)
        },
      ),
    )
  })
})

/** The only case in which one word does not matter: alone in the first or last sentence of enough others. */
const isFootersWord = (list: readonly string[], place: number, other: string): boolean =>
  list.length >= 4 && other === 'page' && (place === 0 || place >= list.length - 1)
