import { test } from 'node:test'
import { runModel } from './index-model-runs.ts'

test('an index equals its reference through changes, kills and restarts', (t) =>
  runModel(t, { seed: 1, steps: 300, runs: 2, most: 200 }))
