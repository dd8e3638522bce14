import { test } from 'node:test'
import { runInstances } from './instances-model.ts'

test('two instances on one PostgreSQL say what one would, whichever is asked', (t) =>
  runInstances(t, { instances: 2, steps: 150, seed: 1 }))
