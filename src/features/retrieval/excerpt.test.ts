import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Span } from '../../core/sentences.ts'
import { excerpt, within } from './excerpt.ts'

const placesOf = (text: string, words: RegExp): Span[] =>
  Array.from(text.matchAll(words), ({ 0: word, index }) => ({ start: index, end: index + word.length }))

test('an excerpt holds the place where most of the words stand, and ends between words', () => {
  const filler = 'Nothing of interest is said in these words. '.repeat(20)
  const text = `${filler}A bridge. ${filler}The bridge over the harbour was opened as a bridge of steel. ${filler}`
  const wanted = placesOf(text, /bridge|harbour|steel/g)
  const { start, end } = excerpt(text, 120, wanted)
  const shown = text.slice(start, end)
  assert.match(shown, /The bridge over the harbour was opened as a bridge of steel/)
  assert.ok(shown.length <= 120)
  assert.match(` ${text} `.slice(start, start + 2), /^[ ]\w/)
  assert.match(text.slice(end - 1, end + 1), /\w[ .]/)
  assert.deepEqual(
    within(wanted, { start, end }).map((span) => shown.slice(span.start, span.end)),
    ['bridge', 'harbour', 'bridge', 'steel'],
  )
})

test('of any text an excerpt is no longer than asked for and cuts no character, and no word but one that is too long', () => {
  const character = fc.constantFrom('a', 'b', ' ', '.', 'é', '😀', '𝒳', '上')
  const texts = fc.array(character, { maxLength: 200 }).map((list) => list.join(''))
  fc.assert(
    fc.property(texts, fc.integer({ min: 2, max: 60 }), (text, length) => {
      const { start, end } = excerpt(text, length, placesOf(text, /a+/g))
      const shown = text.slice(start, end)
      const word = /[\p{L}\p{N}]/u
      const cuts = (at: number): boolean => {
        const [before, after] = [Array.from(text.slice(0, at)).at(-1) ?? '', Array.from(text.slice(at))[0] ?? '']
        return word.test(before) && word.test(after)
      }
      assert.ok(text === shown || shown.length <= length)
      assert.ok(shown.isWellFormed())
      if (/\P{L}.*\p{L}+.*\P{L}/su.test(shown.trim())) assert.ok(!cuts(start) && !cuts(end), JSON.stringify(shown))
    }),
    { examples: [['𝒳a a😀a', 7]] },
  )
})
