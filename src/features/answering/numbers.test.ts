import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRounded, numbersIn, sameNumber } from './numbers.ts'

const values = (text: string): (number | string)[] => numbersIn(text).map(({ value }) => value)

test('brings the ways to write a number onto one scale', () => {
  assert.deepEqual(values('1,000 and 1000 and one thousand'), [1000, 1000, 1000])
  assert.deepEqual(values('2 million, 2,000,000'), [2_000_000, 2_000_000])
  assert.deepEqual(values('6½ sacks, 6.5 sacks'), [6.5, 6.5])
  assert.deepEqual(values('the 3rd, the third'), [3, 3])
  assert.deepEqual(values('twenty-five, 25.'), [25, 25])
  assert.deepEqual(values('1.234.567 Menschen, 3,5 Prozent'), [1_234_567, 3.5])
})

test('a token of letters and figures stands for itself', () => {
  assert.deepEqual(values('CO2 over 20 km2'), ['co2', 20, 'km2'])
  assert.equal(sameNumber({ value: 'co2' }, { value: 'co' }), false)
})

test('a unit or an ending that touches the figures changes nothing', () => {
  assert.deepEqual(values('5km, 5 km, 1990s, 3bn'), [5, 5, 1990, 3e9])
})

test('words without a number give none', () => {
  assert.deepEqual(values('no figure stands here'), [])
})

const same = (a: string, b: string): boolean => {
  const [[one], [other]] = [numbersIn(a), numbersIn(b)]
  assert.ok(one !== undefined && other !== undefined)
  return sameNumber(one, other)
}

test('a number that can be read in two ways is the same by either', () => {
  assert.ok(same('3.500 Menschen', '3500 people'))
  assert.ok(same('the 1700s', 'the 18th century'))
  assert.ok(same('half a million', '500,000'))
  assert.ok(same('half million', '500,000'))
  assert.ok(same('a half dozen', 'six'))
  assert.ok(same("1'000", '1000'))
  assert.ok(!same('3.500', '350'))
  assert.equal(
    numbersIn('1914–18').some((number) => sameNumber(number, { value: 1918 })),
    true,
  )
})

test('units, in words or signs', () => {
  const units = (text: string) => numbersIn(text).map(({ unit }) => unit)
  assert.deepEqual(units('5%, 5 percent, $5, 5 dollars, 5km, 5 kilometres'), [
    'percent',
    'percent',
    '$',
    '$',
    'km',
    'km',
  ])
  assert.deepEqual(units('7 square miles, 7 sq mi, 7 apples'), ['square mile', 'square mile', undefined])
})

test('a rounded number is less exact, near, and on the side that is said', () => {
  const isOf = (a: string, b: string, rounding: 'near' | 'above' | 'below'): boolean => {
    const [[one], [other]] = [numbersIn(a), numbersIn(b)]
    return one !== undefined && other !== undefined && isRounded(one, other, rounding)
  }
  assert.ok(isOf('1,400', '1,397', 'near'))
  assert.ok(isOf('1.3 million', '1,345,596', 'above'))
  assert.ok(!isOf('1.4 million', '1,345,596', 'above'))
  assert.ok(!isOf('1,500', '1,397', 'near'))
  assert.ok(!isOf('1,397', '1,400', 'near'))
})
