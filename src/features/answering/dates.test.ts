import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comparedDate, datesIn } from './dates.ts'

function compare(claim: string, quote: string) {
  const [date] = datesIn(claim)
  assert.ok(date !== undefined, claim)
  return comparedDate(date, datesIn(quote))
}

test('the same day in other formats', () => {
  for (const text of ['March 12, 2021', '12 March 2021', '12th of March 2021', '2021-03-12', '12.03.2021', '3/12/2021'])
    assert.equal(compare(text, 'on Mar. 12, 2021'), 'same', text)
  assert.equal(compare('am 12. März 2021', 'el 12 de marzo de 2021'), 'same')
  assert.equal(compare('in March 2021', '2021-03-12'), 'same')
  assert.equal(compare('at 3 p.m.', 'at 15:00'), 'same')
})

test('another day, month, year or time is another', () => {
  for (const text of ['13 March 2021', '12 May 2021', '2020-03-12'])
    assert.equal(compare(text, 'on March 12, 2021'), 'other', text)
  assert.equal(compare('at 3 a.m.', 'at 15:00'), 'other')
})

test('a quote that says less, or nothing, leaves it open', () => {
  assert.equal(compare('on March 12, 2021', 'in March 2021'), undefined)
  assert.equal(compare('on March 12, 2021', 'then'), undefined)
})

test('verbs and plain numbers are no dates', () => {
  assert.deepEqual(datesIn('They may march 12 miles, of 3.5 or 1,000.'), [])
})
