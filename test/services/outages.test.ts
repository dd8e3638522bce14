import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outagesDrill } from '../../scripts/drills/outages.ts'

// `npm run verify -- outages` does it twenty times, each service alone and with each other one, and judges how soon /health tells
// of it, which is a matter of what else the machine does.
test('what is killed under load loses, doubles and mixes nothing', async () => {
  const seed = 4
  const report = await outagesDrill([['milvus', 'redis'], ['postgres'], ['instance', 'postgres']], seed)
  assert.deepEqual(report.failures, [], `seed ${seed}`)
  assert.ok(report.drills.every(({ health }) => health.delays.length > 0))
  assert.ok(report.drills.every(({ load }) => load.uploads > 0))
})
