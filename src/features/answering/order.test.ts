import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bindingDiffers, orderDiffers } from './order.ts'
import { readText } from './read-text.ts'

const QUOTE = readText('Denmark defeated Sweden with 40 ships, and the Dutch sent 12 guns.')

test('names the other way round, unless the voice has changed, too', () => {
  assert.ok(orderDiffers(readText('Sweden defeated Denmark with 40 ships.'), QUOTE))
  assert.ok(!orderDiffers(readText('Sweden was defeated by Denmark.'), QUOTE))
  assert.ok(!orderDiffers(readText('Denmark defeated Sweden.'), QUOTE))
})

test('a number beside other words', () => {
  assert.ok(bindingDiffers(readText('The Dutch sent 40 guns.'), QUOTE))
  assert.ok(!bindingDiffers(readText('The Dutch sent 12 guns.'), QUOTE))
  assert.ok(
    !bindingDiffers(readText('The school was opened in 1932.'), readText('In 1932 the old town school was opened.')),
  )
})
