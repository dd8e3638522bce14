import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placesIn } from './quote-place.ts'

const place = (sentence: string, passage: string): string | undefined => {
  const span = placesIn(passage)(sentence)
  return span === undefined ? undefined : passage.slice(span.start, span.end)
}

test('finds a sentence whatever its line breaks, reference marks and final punctuation', () => {
  const passage = 'It was cold. The bridge was\nopened[12] in 1932. It is grey.'
  assert.equal(place('The bridge was opened in 1932', passage), 'The bridge was\nopened[12] in 1932.')
  assert.equal(place('… bridge was opened …', passage), 'bridge was\nopened')
})

test('does not find a word inside another, nor what is not there', () => {
  assert.equal(place('cold', 'It was colder.'), undefined)
  assert.equal(place('The bridge was closed.', 'The bridge was opened.'), undefined)
  assert.equal(place('…', 'Anything.'), undefined)
})
