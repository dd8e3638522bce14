import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killDrill } from '../../scripts/drills/kill.ts'
import { WHOLE } from './sample.ts'

// A kill comes at another moment each time, so that CI keeps its five rounds and has fewer files in each.
// `npm run verify -- kill` does it fifty times, with 200 files.
const FILES = WHOLE ? 80 : 30

test('five kills in the middle of ingesting lose nothing that was acknowledged', async () => {
  const seed = Date.now() % 1_000_000
  const report = await killDrill(5, FILES, seed)
  assert.deepEqual(report.failures, [], `seed ${seed}`)
  assert.ok(report.rounds.some((round) => round.acknowledged > 0))
})
