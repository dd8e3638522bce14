import assert from 'node:assert/strict'
import { test } from 'node:test'
import { numbersIn, sameNumber } from './numbers.ts'

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
