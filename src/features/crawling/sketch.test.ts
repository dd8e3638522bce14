import assert from 'node:assert/strict'
import { test } from 'node:test'
import { areNearDuplicates, parseSketch, sketchOf, sketchText } from './sketch.ts'

/** Words that depend on the seed alone. */
function words(seed: number, count: number): string[] {
  let state = seed
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return `word${state % 4000}`
  })
}
const near = (a: string, b: string) => areNearDuplicates(sketchOf(a), sketchOf(b))

test('the same text in another frame is the same, another text is not', () => {
  const text = words(7, 1200)
  const framed = ['Printed', 'on', 'Monday', ...text.slice(0, 600), 'continued', ...text.slice(600)]
  assert.equal(near(text.join(' '), framed.join(', ')), true)
  assert.equal(near(text.join(' '), text.join(' ').toUpperCase()), true)
  assert.equal(near(text.join(' '), words(8, 1200).join(' ')), false)
  const half = [...text.slice(0, 600), ...words(9, 600)]
  assert.equal(near(text.join(' '), half.join(' ')), false)
  // A tenth of the words gone at one place: less than nine tenths are common.
  assert.equal(near(text.join(' '), [...text.slice(0, 1000), ...words(10, 200)].join(' ')), false)
})

test('short texts are the same only when all their words are', () => {
  assert.equal(near('Opening hours: 9 to 5', 'opening hours 9 to 5.'), true)
  assert.equal(near('Opening hours: 9 to 5', 'Opening hours: 9 to 6'), false)
  assert.equal(near('', ''), true)
  assert.equal(near('', 'something'), false)
})

test('a sketch is small, and the same after it was written down', () => {
  const sketch = sketchOf(words(3, 5000).join(' '))
  assert.equal(sketch.length, 128)
  assert.deepEqual(parseSketch(sketchText(sketch)), sketch)
})
