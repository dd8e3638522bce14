import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chatDrill } from '../../scripts/drills/chats.ts'

test('two kills in the middle of streaming lose nothing that was sent, and readers get exactly the rest', async () => {
  const seed = Date.now() % 1_000_000
  const report = await chatDrill(2, 20, seed)
  assert.deepEqual(report.failures, [], `seed ${seed}`)
})
