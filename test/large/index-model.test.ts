import { test } from 'node:test'
import { runModel } from '../index-model-runs.ts'

// The same with 10,000 steps is in test/long, which `npm run verify -- model` runs.
test('a thousand steps: the index equals its reference through changes, kills, damage and restarts', (t) =>
  runModel(t, { seed: 100, steps: 1000, runs: 1, most: 600 }))
