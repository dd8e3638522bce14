import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasDocuments, readHandWritten } from './verification/by-hand.ts'

test(
  'the quotes of the sentences written by hand stand in their documents',
  {
    skip: hasDocuments ? false : 'no docs-unstructured',
  },
  async () => {
    const sentences = await readHandWritten()
    assert.equal(sentences.filter(({ label }) => label).length, 200)
    assert.equal(sentences.filter(({ label }) => !label).length, 200)
    assert.equal(new Set(sentences.map(({ id }) => id)).size, 400)
    for (const { id, quote, label, kind } of sentences) {
      assert.ok(quote.trim() !== '' && quote.length <= 600, id)
      assert.equal(kind === 'true', label, id)
    }
  },
)
