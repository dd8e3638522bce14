import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Claim } from './answer.ts'
import { markedSentences } from './claims.ts'
import { createStrictText } from './strict-text.ts'

/** Supports what has a mark and does not say so itself. */
const judge = async (text: string): Promise<Claim[]> =>
  markedSentences(text).map((sentence): Claim => {
    const { start, end, text, numbers } = sentence
    const holds = numbers.length > 0 && !text.includes('wrong')
    return {
      start,
      end,
      text,
      citations: [],
      verdict: holds ? 'supported' : 'unsupported',
      doubt: null,
      contradictedBy: [],
    }
  })

async function strict(...pieces: string[]): Promise<string[]> {
  const text = createStrictText(judge)
  const given: string[] = []
  for (const piece of pieces) given.push(await text.push(piece))
  return [...given, await text.end('')]
}

test('a sentence is held until it is whole, and dropped where nothing supports it', async () => {
  const pieces = ['It opened', ' in 1932', ' [1].', ' That', ' is wrong [1]. And', ' it was designed', ' here [2].']
  assert.deepEqual(await strict(...pieces), [
    '',
    '',
    '',
    'It opened in 1932 [1].',
    '',
    '',
    '',
    ' And it was designed here [2].',
  ])
})

test('what is left does not depend on how the text is cut', async () => {
  const sentence = fc.constantFrom(
    'It opened in 1932 [1].',
    'That is wrong [2].',
    'Here is what I found in your documents.',
    'It is old [1].',
    'John Bradfield designed the bridge for the city [1][2].',
  )
  const text = fc.array(sentence, { maxLength: 6 }).map((sentences) => sentences.join(' '))
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (whole, length) => {
      const pieces = Array.from({ length: Math.ceil(whole.length / length) }, (_, i) =>
        whole.slice(i * length, (i + 1) * length),
      )
      const kept = (await strict(...pieces)).join('')
      assert.equal(kept, (await strict(whole)).join(''))
      assert.doesNotMatch(kept, /wrong/)
    }),
    { numRuns: 300 },
  )
})
