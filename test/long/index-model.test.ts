import { test } from 'node:test'
import { runModel } from '../index-model-runs.ts'

test('ten thousand steps in several seeds: the index equals its reference all the while', (t) =>
  runModel(t, { seed: 100, steps: 10_000, runs: 1, most: 1000 }))
