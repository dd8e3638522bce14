import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comparedNegation, deniesMore } from './negation.ts'
import { inWordsOf } from './paired-words.ts'
import { readClaim, readQuote } from './read-claim.ts'
import { readText } from './read-text.ts'
import type { WordMatch } from './word-matches.ts'

const quoteOf = (text: string) => readQuote(text, readText(''))

/** A claim in the words of a quote, of which the named pairs of words are alike. */
function paired(sentence: string, text: string, pairs: Readonly<Record<string, string>>, cosine = 0.85) {
  const [claim, quote] = [readClaim(sentence), quoteOf(text)]
  const others = quote.tokens.filter(({ content }) => content).map(({ lower }) => lower)
  const matches = claim.content.map(({ lower }): WordMatch => {
    const at = others.indexOf(pairs[lower] ?? '')
    return { cosine: at === -1 ? 0 : cosine, at, mutual: at !== -1 }
  })
  return { claim, quote, own: inWordsOf(quote, claim, matches) }
}

const SAME = { medication: 'drug', relieve: 'reduces', relieves: 'reduce', ailment: 'disease', elderly: 'older' }
const AFFIRMED = 'The drug reduces the disease of older patients.'
const DENIED = 'The drug does not reduce the disease of older patients.'

test('what one text denies in other words than the other says it is found', () => {
  const denied = paired('The medication does not relieve the ailment.', AFFIRMED, SAME)
  assert.notEqual(comparedNegation(denied.claim, denied.quote), 'differs')
  assert.equal(comparedNegation(denied.own, denied.quote), 'differs')
  const affirmed = paired('The medication relieves the ailment.', DENIED, SAME)
  assert.equal(comparedNegation(affirmed.claim, affirmed.quote), 'same')
  assert.equal(comparedNegation(affirmed.own, affirmed.quote), 'differs')
  const both = paired('The medication does not relieve the ailment.', DENIED, { ...SAME, relieve: 'reduce' })
  assert.equal(comparedNegation(both.own, both.quote), 'same')
})

test('a word has the stem of what it is paired with, but not of its opposite, nor of what is not near', () => {
  const stems = (sentence: string, text: string, pairs: Readonly<Record<string, string>>, cosine?: number) =>
    paired(sentence, text, pairs, cosine).own.content.map(({ stem }) => stem)
  const quote = 'The drug was forbidden.'
  assert.deepEqual(stems('The medication was outlawed.', quote, { medication: 'drug', outlawed: 'forbidden' }), [
    'drug',
    'forbidden',
  ])
  assert.deepEqual(stems('Medication was allowed.', quote, { allowed: 'forbidden' }), ['medic', 'allow'])
  assert.deepEqual(stems('Medication was outlawed.', quote, { medication: 'drug' }, 0.6), ['medic', 'outlaw'])
})

test('a denial of what the other text speaks of, and does not deny, counts; one in a clause about other things does not', () => {
  const says = (claim: string, quote: string) => deniesMore(readClaim(claim), quoteOf(quote))
  assert.equal(says('The wall crossed Britain.', 'The wall crossed Britain and did not fall.'), true)
  assert.equal(says('The wall crossed Britain.', 'The wall crossed Britain, never to be a line of battle.'), false)
  assert.equal(says('Nobody saw the wall.', 'The fence crossed Britain.'), true)
  assert.equal(says('Nobody saw the wall.', 'Nobody saw the fence of it.'), false)
})
