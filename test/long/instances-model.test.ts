import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { runInstances } from '../instances-model.ts'

// EVIDENT_SEED does again what a run did that failed.
const { EVIDENT_SEED: seed = randomInt(1_000_000), EVIDENT_STEPS: steps = 1500 } = process.env

for (const instances of [2, 3])
  test(`${instances} instances on one PostgreSQL say what one would, whichever is asked`, (t) =>
    runInstances(t, { instances, steps: Number(steps), seed: Number(seed) }))
