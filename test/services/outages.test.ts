import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outagesDrill } from '../../scripts/drills/outages.ts'

// `npm run verify -- outages` does it twenty times, each service alone and with each other one.
test('what is killed under load loses, doubles and mixes nothing, and health tells of it', async () => {
  const seed = Date.now() % 1_000_000
  const report = await outagesDrill([['milvus', 'redis'], ['postgres'], ['instance', 'postgres']], seed)
  assert.deepEqual(report.failures, [], `seed ${seed}`)
  assert.ok(report.drills.every(({ load }) => load.uploads > 0))
})
