import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readClaim, readQuote } from './read-claim.ts'
import { readText } from './read-text.ts'
import { wordFeatures } from './word-features.ts'
import type { WordMatch } from './word-matches.ts'

const QUOTE = 'In 1932 premier Jack Lang opened the bridge, and a crowd watched the long parade.'

/** Of a sentence of which the words in `pairs` are matched, by a cosine of .8, with words of the quote; others with none. */
function featuresOf(sentence: string, pairs: Readonly<Record<string, string>>, title = '') {
  const [claim, quote] = [readClaim(sentence), readQuote(QUOTE, readText(title))]
  const others = quote.tokens.filter(({ content }) => content).map(({ lower }) => lower)
  const matches = claim.content.map(({ lower }): WordMatch => {
    const at = others.indexOf(pairs[lower] ?? lower)
    return at === -1 ? { cosine: 0.5, at: 0, mutual: false } : { cosine: 0.8, at, mutual: true }
  })
  return wordFeatures(claim, quote, matches, () => 1)
}

test('what only the title holds is no part of what the quote holds', () => {
  const alone = featuresOf('The bridge opened.', {})
  assert.equal(alone.ownCoverage, 1)
  const titled = featuresOf('The bridge opened in Sydney.', {}, 'Sydney')
  assert.ok(titled.ownCoverage < 1)
  assert.equal(titled.unheldMatch, alone.unheldMatch)
})

test('names and numbers of the quote are counted, three at the most, and none of the title', () => {
  assert.equal(featuresOf('The bridge opened.', {}).anchors, 0)
  assert.equal(featuresOf('It opened in 1932 with Lang in Sydney.', {}, 'Sydney').anchors, 2)
  assert.equal(featuresOf('It opened in 1932 with Jack Lang, as Lang said.', {}).anchors, 3)
})

test('words that are held nowhere count by their matches', () => {
  assert.equal(featuresOf('The bridge was inaugurated.', { inaugurated: 'opened' }).unheldMatch, 0.8)
  assert.equal(featuresOf('The bridge was repainted.', {}).unheldMatch, 0.5)
  assert.equal(featuresOf('The bridge was repainted.', {}).mutual, 0.5)
})

test('neighbours whose matches stand far apart are not together', () => {
  assert.equal(featuresOf('They opened the bridge.', {}).together, 1)
  assert.equal(featuresOf('The premier liked the parade.', { liked: 'parade', parade: 'premier' }).together, 0)
})
