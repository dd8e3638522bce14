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

test('finds it though punctuation, case, hyphens, ligatures and quotes have changed', () => {
  const passage = 'Before. The ﬁrst “steam-\nship” crossed in 1,838 hours; it was well known. After that, others came.'
  const wanted = 'The ﬁrst “steam-\nship” crossed in 1,838 hours; it was well known.'
  assert.equal(place("The first 'steamship' crossed in 1,838 hours - it was well-known.", passage), wanted)
  assert.equal(place('THE FIRST STEAMSHIP CROSSED IN 1,838 HOURS, IT WAS WELL KNOWN', passage), wanted)
})

test('marks that change a number, and the ends of sentences, stay', () => {
  assert.equal(place('It grew by 15 points.', 'It grew by 1.5 points.'), undefined)
  assert.equal(place('It fell to -5 degrees.', 'It fell to 5 degrees.'), undefined)
  assert.equal(place('In 2010 20 came.', 'In 201020 came.'), undefined)
  assert.equal(place('He won the prize.', 'They fought and he won. The prize was lost.'), undefined)
})
